import { type AuthenticationMethod, assuranceLevelOf, type UsedMethod } from 'coatcheck'
import type { SecondFactor, SecondStepMethod } from '../../domain/second-factor.ts'
import type { User, UserId } from '../../domain/user.ts'
import type { UserFactors } from '../ports/factor-repository.ts'
import type { CodeChecks } from '../second-factors/check-factor.ts'
import type { SignInDependencies } from './dependencies.ts'

/** A sign-in whose second step has not been completed, or a session that steps up. */
export interface SecondStepRequest {
  readonly user: User
  /** Methods that already count. */
  readonly used: readonly AuthenticationMethod[]
}

/** The methods that complete the second step, in the order in which to offer them: the last used first. One statement. */
export type ListSecondStepMethods = (
  request: SecondStepRequest,
) => Promise<readonly SecondStepMethod[]>

/**
 * The user of a sign-in in progress. `null` if the account was deleted or its password was changed after the first step,
 * in which case the sign-in must start again.
 */
export type FindPendingUser = (pending: {
  readonly userId: UserId
  readonly passwordVersion: number
}) => Promise<User | null>

/** What the session records if the user succeeds with a method. */
const methodsOf: Readonly<Record<SecondStepMethod, readonly AuthenticationMethod[]>> = {
  passkey: ['swk', 'user', 'mfa'],
  authenticator: ['otp'],
  phone: ['sms'],
  password: ['pwd'],
  'recovery-code': ['otp'],
}

export function createListSecondStepMethods({
  factors,
  codeChecks,
}: Pick<SignInDependencies, 'factors' | 'codeChecks'>): ListSecondStepMethods {
  return async function listSecondStepMethods({ user, used }) {
    const available = availableMethods(user, await factors.list(user.id), codeChecks)
    return available.filter(
      (method) => isSecondFactor(used, methodsOf[method]) && !isRepeatedPasskey(used, method),
    )
  }
}

/** A passkey that has not verified the user does not do so the second time. The password completes such a sign-in. */
function isRepeatedPasskey(used: readonly AuthenticationMethod[], method: SecondStepMethod) {
  return method === 'passkey' && used.includes('swk')
}

/** Whether the methods together are two factors (NIST SP 800-63B-4 section 2.2). */
export function isSecondFactor(
  used: readonly AuthenticationMethod[],
  added: readonly AuthenticationMethod[],
): boolean {
  const methods = [...used, ...added].map((method): UsedMethod => ({ method, at: 0 }))
  return assuranceLevelOf(methods) >= 2
}

/** The password completes a sign-in that a passkey without user verification began. Recovery codes are the last resort. */
function availableMethods(
  { hasPassword }: User,
  { factors, unusedRecoveryCodes }: UserFactors,
  codeChecks: CodeChecks,
): readonly SecondStepMethod[] {
  const kinds = factors.toSorted(lastUsedFirst).map(({ kind }) => kind)
  const usable = kinds.filter((kind) => kind === 'passkey' || codeChecks[kind] !== undefined)
  const recovery = unusedRecoveryCodes > 0 ? (['recovery-code'] as const) : []
  const password = hasPassword ? (['password'] as const) : []
  return [...new Set([...usable, ...password, ...recovery])]
}

/** Factors that were never used: the strongest first. */
const strength = ['passkey', 'authenticator', 'phone']

function lastUsedFirst(one: SecondFactor, other: SecondFactor): number {
  const byUse = (other.lastUsedAt ?? 0) - (one.lastUsedAt ?? 0)
  return byUse === 0 ? strength.indexOf(one.kind) - strength.indexOf(other.kind) : byUse
}

export function createFindPendingUser({
  users,
}: Pick<SignInDependencies, 'users'>): FindPendingUser {
  return async function findPendingUser({ userId, passwordVersion }) {
    const user = await users.find(userId)
    return user?.passwordVersion === passwordVersion ? user : null
  }
}
