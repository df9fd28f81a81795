import type { TrustedDevice } from '../domain/trusted-device.ts'
import type { User } from '../domain/user.ts'
import type { CheckCredentials, CheckCredentialsResult } from './check-credentials.ts'

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
export type Reauthenticate = (request: ReauthenticateRequest) => Promise<CheckCredentialsResult>

export function createReauthenticate(checkCredentials: CheckCredentials): Reauthenticate {
  return async function reauthenticate({ user, ...given }) {
    const result = await checkCredentials({ email: user.email, ...given })
    // The address may have become somebody else's since the user was looked up.
    const isOther = result.status === 'authenticated' && result.user.id !== user.id
    return isOther ? { status: 'wrong', userId: user.id } : result
  }
}
