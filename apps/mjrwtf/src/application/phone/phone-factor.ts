import type { User } from '../../domain/user.ts'
import type { PhoneRepository, SmsCodeUse } from '../ports/phone-repository.ts'
import type { CheckCode, CheckCodeRequest } from '../second-factors/check-factor.ts'
import type { PhonesDependencies } from './dependencies.ts'
import type { SendCodeResult, SentCode, SmsCodes } from './sms-codes.ts'

/** Where a code of the user's phone is used. */
export interface PhoneStep {
  readonly user: Pick<User, 'id'>
  readonly purpose: 'sign-in' | 'step-up'
  /** Id of the pending sign-in, or of the session that steps up. A code of another one is wrong. */
  readonly boundTo: string
}

export interface SendPhoneCode extends PhoneStep {
  readonly ipAddress: string | null
}

/** The phone in the second step of a sign-in and in the step-up. Rejects with `RepositoryError` only. */
export interface PhoneFactor {
  /** Sends a code to the phone of the user. `no-phone`: the user has none. */
  sendCode(request: SendPhoneCode): Promise<SendCodeResult | { readonly status: 'no-phone' }>
  /** The latest code that was sent for the step, or `null` if there is none. */
  findSentCode(step: PhoneStep): Promise<SentCode | null>
  /** A code has five attempts, and is correct only in the step for which it was sent. */
  readonly checkCode: CheckCode
}

type PhoneFactorDependencies = Pick<PhonesDependencies, 'clock'> & {
  readonly phones: Pick<PhoneRepository, 'find' | 'touch'>
  readonly codes: SmsCodes
}

export function createPhoneFactor(dependencies: PhoneFactorDependencies): PhoneFactor {
  const { phones, codes, clock } = dependencies
  return {
    async sendCode(request) {
      const phone = await phones.find(request.user.id)
      if (phone === null) return { status: 'no-phone' }
      const { ipAddress } = request
      return codes.send({ ...useOf(request), number: phone.number, ipAddress })
    },
    findSentCode: (step) => codes.find(useOf(step)),
    async checkCode(request) {
      const step = stepOf(request)
      const number = step === null ? null : await codes.check(useOf(step), request.code)
      if (number === null) return { status: 'wrong' }
      await phones.touch(request.user.id, number, clock.now())
      return { status: 'correct', methods: ['sms'] }
    },
  }
}

/** `null` if the request belongs to neither, so that no code is correct. */
function stepOf({ user, sessionId, pendingSignInId }: CheckCodeRequest): PhoneStep | null {
  if (sessionId !== null) return { user, purpose: 'step-up', boundTo: sessionId }
  if (pendingSignInId === undefined) return null
  return { user, purpose: 'sign-in', boundTo: pendingSignInId }
}

function useOf({ user, purpose, boundTo }: PhoneStep): SmsCodeUse {
  return { userId: user.id, purpose, boundTo }
}
