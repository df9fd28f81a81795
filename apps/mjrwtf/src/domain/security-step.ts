import { fewRecoveryCodes } from './recovery-code.ts'
import type { SecondFactorKind } from './second-factor.ts'

/** What a user should do next for the security of the account. */
export type SecurityStep =
  | 'set-up-required-factor'
  | 'review-passkey'
  | 'create-recovery-codes'
  | 'renew-recovery-codes'
  | 'set-up-factor'
  | 'replace-phone'
  | 'verify-email'

/** The state of an account that determines the next steps. */
export interface AccountProtection {
  readonly isFactorRequired: boolean
  /** The kinds of the second factors that can be used. */
  readonly factors: readonly SecondFactorKind[]
  readonly suspendedPasskeys: number
  readonly unusedRecoveryCodes: number
  readonly isEmailVerified: boolean
  /** Whether the server sends email, so that the email can be verified. */
  readonly isEmailEnabled: boolean
}

/** The steps in order of importance. Empty if there is nothing to do. */
export function nextSecuritySteps(account: AccountProtection): readonly SecurityStep[] {
  const { factors, unusedRecoveryCodes: codes } = account
  const hasFactors = factors.length > 0
  const steps: readonly (readonly [SecurityStep, boolean])[] = [
    ['set-up-required-factor', !hasFactors && account.isFactorRequired],
    ['review-passkey', account.suspendedPasskeys > 0],
    ['create-recovery-codes', hasFactors && codes === 0],
    ['renew-recovery-codes', hasFactors && codes > 0 && codes <= fewRecoveryCodes],
    ['set-up-factor', !hasFactors && !account.isFactorRequired],
    ['replace-phone', hasFactors && factors.every((kind) => kind === 'phone')],
    ['verify-email', account.isEmailEnabled && !account.isEmailVerified],
  ]
  return steps.flatMap(([step, isNeeded]) => (isNeeded ? [step] : []))
}
