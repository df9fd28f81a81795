import type { Authenticator } from '../../domain/authenticator.ts'
import type { UserId } from '../../domain/user.ts'
import type { CheckCode } from '../second-factors/check-factor.ts'
import { type ActivateAuthenticator, createActivate } from './activate.ts'
import { createCheckCode } from './check-code.ts'
import type { AuthenticatorsDependencies } from './dependencies.ts'
import { type BeginEnrollment, createBeginEnrollment } from './enrollment.ts'
import { createRenewKeys, type RenewKeys } from './renew-keys.ts'
import { createStoredKeys, type StoredKeys } from './stored-keys.ts'

/**
 * Authenticator apps as second factors (TOTP, RFC 6238). The callers require a recent authentication before an
 * enrollment; `ManageFactors` renames and removes.
 * Every function rejects with `RepositoryError` only.
 */
export interface Authenticators {
  /** Oldest first. */
  list(userId: UserId): Promise<readonly Authenticator[]>
  readonly beginEnrollment: BeginEnrollment
  readonly activate: ActivateAuthenticator
  /** For the second step of a sign-in and the step-up. */
  readonly checkCode: CheckCode
  readonly renewKeys: RenewKeys
}

export function createAuthenticators(dependencies: AuthenticatorsDependencies): Authenticators {
  const storedKeys = createStoredKeys(dependencies)
  return {
    list: createList(dependencies, storedKeys),
    beginEnrollment: createBeginEnrollment(dependencies),
    activate: createActivate(dependencies, storedKeys),
    checkCode: createCheckCode(dependencies, storedKeys),
    renewKeys: createRenewKeys(dependencies, storedKeys),
  }
}

function createList(
  { authenticators }: AuthenticatorsDependencies,
  storedKeys: StoredKeys,
): Authenticators['list'] {
  return async function list(userId) {
    const stored = await authenticators.list(userId)
    return stored.map((authenticator) => {
      const { id, name, createdAt, lastUsedAt } = authenticator
      const isUsable = storedKeys.decrypt(authenticator) !== null
      return { kind: 'authenticator', id, name, createdAt, lastUsedAt, isUsable }
    })
  }
}
