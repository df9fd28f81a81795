import { effectiveScopes, type Scope } from '../../domain/scope.ts'
import type { Instant } from '../../domain/time.ts'
import type { User } from '../../domain/user.ts'
import type { UserGrants } from '../ports/grants.ts'
import type { FindGrantUser } from './find-grant-user.ts'

export type VerifyAccessTokenResult =
  | {
      readonly status: 'valid'
      readonly user: User
      /** What it may do now. */
      readonly scopes: readonly Scope[]
      readonly expiresAt: Instant
    }
  /** Was valid: its client has to refresh it, or to ask the user again. */
  | { readonly status: 'ended' }
  | { readonly status: 'unknown' }

/**
 * Verifies the access token of a grant, and reads the user: a deleted account, a changed password and a lost role count
 * immediately.
 */
export type VerifyAccessToken = (accessToken: string) => Promise<VerifyAccessTokenResult>

export function createVerifyAccessToken({
  grants,
  findGrantUser,
}: {
  readonly grants: Pick<UserGrants, 'verify'>
  readonly findGrantUser: FindGrantUser
}): VerifyAccessToken {
  return async function verifyAccessToken(accessToken) {
    const verification = await grants.verify(accessToken)
    if (verification.status === 'rejected') {
      return { status: verification.wasActive ? 'ended' : 'unknown' }
    }
    const user = await findGrantUser(verification)
    if (user === null) return { status: 'ended' }
    const { scopes, expiresAt } = verification
    return { status: 'valid', user, scopes: effectiveScopes(scopes, user), expiresAt }
  }
}
