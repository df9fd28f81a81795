import { type ChangePhone, createChangePhone } from './change-phone.ts'
import type { PhonesDependencies } from './dependencies.ts'
import { createPhoneFactor, type PhoneFactor } from './phone-factor.ts'
import { createSmsCodes } from './sms-codes.ts'

/** Codes by text message as a second factor: a last resort, because NIST restricts it (SP 800-63B-4 section 3.2.9). */
export interface PhoneFeature extends ChangePhone, PhoneFactor {
  /** Whether the operator has configured a gateway. Without one, no code can be sent. */
  readonly isEnabled: boolean
}

export function createPhoneFeature(dependencies: PhonesDependencies): PhoneFeature {
  const codes = createSmsCodes(dependencies)
  const { isEnabled } = codes
  return {
    isEnabled,
    ...createChangePhone({ ...dependencies, codes }),
    ...createPhoneFactor({ ...dependencies, codes }),
  }
}
