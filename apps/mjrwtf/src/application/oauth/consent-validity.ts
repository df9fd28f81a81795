import type { Instant } from '../../domain/time.ts'
import { isGrantStale, type UserId } from '../../domain/user.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { FindSessionCredentials } from '../ports/user-sessions.ts'

/** A consent, and the session in which the user gave it. */
interface Consent {
  readonly userId: UserId
  readonly sessionId: string
  readonly createdAt: Instant
}

/** Whether the session in which the user consented still acts for the account. Reads the store, not a cache. */
export type IsConsentValid = (consent: Consent) => Promise<boolean>

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
  return async function isConsentValid({ userId, sessionId, createdAt }) {
    const credentials = await findSessionCredentials(userId, sessionId)
    if (credentials === null) return false
    const found = await findSessionUser({ userId, ...credentials })
    // The session that changed the password stays, and a consent from before the change does not.
    return found.status === 'found' && !isGrantStale(found.user, { createdAt })
  }
}
