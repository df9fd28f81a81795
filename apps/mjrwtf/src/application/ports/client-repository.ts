import type { ClientApplication, ClientDetails, ClientId } from '../../domain/client-application.ts'

/** The client applications that administrators have registered. Rejects with `RepositoryError` if the database fails. */
export interface ClientRepository {
  /** All, oldest first. */
  list(): Promise<readonly ClientApplication[]>
  find(id: ClientId): Promise<ClientApplication | null>
  /** Adds it unless there are `limit` already. The limit holds for concurrent calls too. One with the same id stays as it is. */
  add(client: ClientApplication, limit: number): Promise<'added' | 'too-many'>
  /** Returns `false` if it does not exist. */
  change(id: ClientId, details: ClientDetails): Promise<boolean>
  /** Replaces the secret of a confidential client. Returns `false` for a public one, or if it does not exist. */
  replaceSecret(id: ClientId, secretHash: string): Promise<boolean>
  /** Removes it with its authorization codes and device authorizations. Returns its name, or `null` if it does not exist. */
  remove(id: ClientId): Promise<string | null>
}
