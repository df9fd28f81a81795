import type { ClientApplication } from '../../domain/client-application.ts'
import type { ClientRepository } from '../ports/client-repository.ts'
import type { GrantRequest, IssueGrantResult, UserGrants } from '../ports/grants.ts'
import { mayHave } from './token-requests.ts'

export interface IssueGrantDependencies {
  readonly clients: Pick<ClientRepository, 'find'>
  readonly grants: Pick<UserGrants, 'issue' | 'end'>
}

export interface Consent extends Omit<GrantRequest, 'clientId'> {
  /** Whether it still counts: the password may have been changed since, or the account deleted. */
  readonly isValid: () => Promise<boolean>
}

/** Issues what a user has allowed the client, if the consent and the registration of the client still allow it. */
export type IssueGrant = (client: ClientApplication, consent: Consent) => Promise<IssueGrantResult>

const refused: IssueGrantResult = { status: 'refused' }

/**
 * A user may change the password, and an administrator may remove or change the client, while a request is in progress. That
 * ends the grants that exist then, or fails. So both are checked again after the grant exists: whichever comes first, no
 * client receives its tokens.
 */
export function createIssueGrant({ clients, grants }: IssueGrantDependencies): IssueGrant {
  return async function issueGrant(client, { isValid, ...request }) {
    const { userId, scopes } = request
    if (!mayHave(client, scopes) || !(await isValid())) return refused
    const issued = await grants.issue({ ...request, clientId: client.id })
    if (issued.status === 'refused') return refused
    const current = await clients.find(client.id)
    const isAllowed = current !== null && mayHave(current, scopes)
    if (isAllowed && (await isValid())) return issued
    const reason = isAllowed ? 'consent-void' : 'ended-by-operator'
    await grants.end(userId, issued.tokens.grantId, reason)
    return refused
  }
}
