import type { ClientApplication } from '../../domain/client-application.ts'
import type { ClientRepository } from '../ports/client-repository.ts'
import type { GrantRequest, IssueGrantResult, UserGrants } from '../ports/grants.ts'
import { mayHave } from './token-requests.ts'

export interface IssueGrantDependencies {
  readonly clients: Pick<ClientRepository, 'find'>
  readonly grants: Pick<UserGrants, 'issue' | 'endForChangedClient'>
}

/** Issues what a user has allowed the client, which is still registered for it after the grant exists. */
export type IssueGrant = (
  client: ClientApplication,
  consent: Omit<GrantRequest, 'clientId'>,
) => Promise<IssueGrantResult>

const refused: IssueGrantResult = { status: 'refused' }

/**
 * An administrator may remove or change the client while a request is in progress. That ends the grants that exist then. So
 * the client is read again after the grant exists: whichever comes first, the grant does not stay.
 */
export function createIssueGrant({ clients, grants }: IssueGrantDependencies): IssueGrant {
  return async function issueGrant(client, consent) {
    const { userId, scopes } = consent
    if (!mayHave(client, scopes)) return refused
    const issued = await grants.issue({ ...consent, clientId: client.id })
    if (issued.status === 'refused') return refused
    const current = await clients.find(client.id)
    if (current !== null && mayHave(current, scopes)) return issued
    await grants.endForChangedClient(userId, issued.tokens.grantId)
    return refused
  }
}
