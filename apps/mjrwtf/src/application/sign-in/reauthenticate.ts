import type { TrustedDevice } from '../../domain/trusted-device.ts'
import type { User } from '../../domain/user.ts'
import type { Authenticate, AuthenticateResult } from './authenticate.ts'

export interface ReauthenticateRequest {
  readonly user: User
  readonly password: string
  readonly ipAddress: string | null
  readonly devices: readonly TrustedDevice[]
}

/**
 * Decides whether whoever sits at a signed-in device is its user. The same check as at sign-in, with
 * the same counters: an unlocked device is no place to try passwords at.
 */
export type Reauthenticate = (request: ReauthenticateRequest) => Promise<AuthenticateResult>

export function createReauthenticate(authenticate: Authenticate): Reauthenticate {
  return async function reauthenticate({ user, ...credentials }) {
    const result = await authenticate({ email: user.email, ...credentials })
    // The address may have become somebody else's since the user was looked up.
    const isOtherUser = result.status === 'authenticated' && result.user.id !== user.id
    return isOtherUser ? { status: 'wrong', userId: user.id } : result
  }
}
