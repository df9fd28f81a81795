import type { Throttle } from './attempt-throttle.ts'

/**
 * Forgets the failed sign-ins of an account. The way back for an account that 100 failures in a row
 * have closed (NIST SP 800-63B-4 section 3.2.2); for the operator at the console, not for a page.
 */
export type UnlockAccount = (email: string) => Promise<void>

export function createUnlockAccount(ports: { readonly throttle: Throttle }): UnlockAccount {
  return function unlockAccount(email) {
    return ports.throttle.clearAll(email)
  }
}
