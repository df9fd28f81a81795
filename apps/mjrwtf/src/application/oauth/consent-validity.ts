import type { UserId } from '../../domain/user.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { FindSessionCredentials } from '../ports/user-sessions.ts'

/** The session in which a user consented. */
interface ConsentSession {
  readonly userId: UserId
  readonly sessionId: string
}

/** Whether the session in which the user consented still acts for the account. Reads the store, not a cache. */
export type IsConsentValid = (consent: ConsentSession) => Promise<boolean>

export interface ConsentValidityDependencies {
  readonly findSessionCredentials: FindSessionCredentials
  readonly findSessionUser: Accounts['findSessionUser']
}

/**
 * A code does not outlive its session: a sign-out, a change or reset of the password and a deletion of the account between
 * the consent and the exchange make it void.
 */
export function createIsConsentValid({
  findSessionCredentials,
  findSessionUser,
}: ConsentValidityDependencies): IsConsentValid {
  return async function isConsentValid({ userId, sessionId }) {
    const credentials = await findSessionCredentials(userId, sessionId)
    if (credentials === null) return false
    return (await findSessionUser({ userId, ...credentials })).status === 'found'
  }
}
