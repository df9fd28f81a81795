import type { UserId } from '../../domain/user.ts'
import type { ClientRepository } from '../ports/client-repository.ts'
import type { ConnectedApp, ConnectedGrants } from '../ports/connected-grants.ts'

/** What client applications may do with the account of a user, for that user. Rejects if the store or database fails. */
export interface ConnectedApps {
  /** The active grants, newest first. One application has several if the user connected several devices. */
  list(userId: UserId): Promise<readonly ConnectedApp[]>
  /**
   * Ends one grant, immediately. `not-found` covers a grant of another user, one that has ended and one that never
   * existed, so that the three are indistinguishable (404).
   */
  end(userId: UserId, grantId: string): Promise<'ended' | 'not-found'>
  /** Ends all grants and makes pending consents void. Returns how many it ended. */
  endAll(userId: UserId): Promise<number>
}

export interface ConnectedAppsDependencies {
  readonly connectedGrants: ConnectedGrants
  readonly clients: Pick<ClientRepository, 'list'>
}

export function createConnectedApps({
  connectedGrants,
  clients,
}: ConnectedAppsDependencies): ConnectedApps {
  return {
    async list(userId) {
      const grants = await connectedGrants.list(userId)
      if (grants.length === 0) return []
      const byId = new Map((await clients.list()).map((client) => [client.id, client] as const))
      return grants.map((grant) => {
        const client = byId.get(grant.clientId)
        return { ...grant, name: client?.name ?? null, website: client?.website ?? null }
      })
    },
    async end(userId, grantId) {
      return (await connectedGrants.end(userId, grantId)) === null ? 'not-found' : 'ended'
    },
    endAll: (userId) => connectedGrants.endAll(userId),
  }
}
