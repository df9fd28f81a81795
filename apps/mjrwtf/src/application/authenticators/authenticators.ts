import type { Authenticator } from '../../domain/authenticator.ts'
import type { Invalid } from '../../domain/results.ts'
import { parseFactorName } from '../../domain/second-factor.ts'
import type { User, UserId } from '../../domain/user.ts'
import type { CheckCode, FactorClient } from '../second-factors/check-factor.ts'
import type { RemoveFactorResult } from '../second-factors/manage-factors.ts'
import { type ActivateAuthenticator, createActivate, nameProblem } from './activate.ts'
import { createCheckCode } from './check-code.ts'
import type { AuthenticatorsDependencies } from './dependencies.ts'
import { type BeginEnrollment, createBeginEnrollment } from './enrollment.ts'
import { createRenewKeys, type RenewKeys } from './renew-keys.ts'
import { createStoredKeys, type StoredKeys } from './stored-keys.ts'

/** One authenticator of a user, and who changes it. */
export interface AuthenticatorReference {
  readonly user: User
  readonly id: string
  readonly client: FactorClient
  /** The session in which the user makes the change. */
  readonly sessionId: string | null
}

/**
 * Authenticator apps as second factors (TOTP, RFC 6238). The callers require a recent authentication before every change.
 * Every function rejects with `RepositoryError` only.
 */
export interface Authenticators {
  /** Oldest first. */
  list(userId: UserId): Promise<readonly Authenticator[]>
  readonly beginEnrollment: BeginEnrollment
  readonly activate: ActivateAuthenticator
  rename(
    authenticator: AuthenticatorReference,
    name: string,
  ): Promise<{ readonly status: 'renamed' | 'missing' } | Invalid<'name'>>
  remove(authenticator: AuthenticatorReference): Promise<RemoveFactorResult>
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
    ...createChanges(dependencies),
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

function createChanges({
  manageFactors,
}: AuthenticatorsDependencies): Pick<Authenticators, 'rename' | 'remove'> {
  function toRequest({ user, id, client, sessionId }: AuthenticatorReference) {
    return { user, factor: { kind: 'authenticator', id } as const, ...client, sessionId }
  }
  return {
    async rename(authenticator, text) {
      const name = parseFactorName(text)
      if (name === null)
        return { status: 'invalid', fields: [{ field: 'name', message: nameProblem }] }
      const isRenamed = await manageFactors.rename({ ...toRequest(authenticator), name })
      return { status: isRenamed ? 'renamed' : 'missing' }
    },
    remove: (authenticator) => manageFactors.remove(toRequest(authenticator)),
  }
}
