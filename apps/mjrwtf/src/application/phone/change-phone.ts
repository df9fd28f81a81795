import { type PhoneNumber, parsePhoneNumber } from '../../domain/phone.ts'
import type { Invalid } from '../../domain/results.ts'
import { maskPhoneNumber } from '../../domain/second-factor.ts'
import type { Instant } from '../../domain/time.ts'
import type { User } from '../../domain/user.ts'
import type { Phone, SmsCodeUse } from '../ports/phone-repository.ts'
import type { RemoveFactorResult } from '../second-factors/manage-factors.ts'
import type { PhonesDependencies } from './dependencies.ts'
import type { SendCodeResult, SentCode, SmsCodes } from './sms-codes.ts'

/** A user who changes the phone, in a session. */
export interface PhoneClient {
  readonly user: User
  readonly sessionId: string
  readonly ipAddress: string | null
  readonly userAgent: string | null
}

/** A verified phone as its user sees it, without the whole number. */
export interface PhoneView {
  /** The number with only the last digits. */
  readonly name: string
  readonly createdAt: Instant
  readonly lastUsedAt: Instant | null
}

export interface PhoneStatus {
  /** Whether codes can be sent. */
  readonly isEnabled: boolean
  /** Whether the user may have a phone: an administrator needs a passkey or an authenticator first. */
  readonly mayAdd: boolean
  readonly phone: PhoneView | null
  /** A code that was sent to a new number in this session and can be used. */
  readonly sentCode: SentCode | null
}

/** A phone must not be the only second factor of an administrator. */
interface NeedsOtherFactor {
  readonly status: 'needs-other-factor'
}

export type RequestNumberResult = SendCodeResult | Invalid<'number'> | NeedsOtherFactor

export type ConfirmNumberResult =
  | { readonly status: 'confirmed'; readonly name: string; readonly isReplaced: boolean }
  /** Wrong, used before, expired, or had too many attempts: not distinguished. */
  | { readonly status: 'wrong' }
  | NeedsOtherFactor

/** The user's own phone, in the settings. Rejects with `RepositoryError` only. */
export interface ChangePhone {
  getStatus(client: Pick<PhoneClient, 'user' | 'sessionId'>): Promise<PhoneStatus>
  /** Sends a code to a new number, which counts once the code is entered. Until then, the previous phone remains. */
  requestNumber(client: PhoneClient, number: string): Promise<RequestNumberResult>
  /** Sends another code to the number of the last one. `none`: no code was sent in this session. */
  resend(client: PhoneClient): Promise<SendCodeResult | { readonly status: 'none' }>
  /** Adds the phone, or replaces the previous one, if the code is that of this session. Notifies the user. */
  confirmNumber(client: PhoneClient, code: string): Promise<ConfirmNumberResult>
  remove(client: PhoneClient): Promise<RemoveFactorResult>
}

type ChangePhoneDependencies = Pick<
  PhonesDependencies,
  'phones' | 'manageFactors' | 'reportFactorChange' | 'secrets' | 'clock'
> & { readonly codes: SmsCodes }

export function createChangePhone(dependencies: ChangePhoneDependencies): ChangePhone {
  const { phones, manageFactors, reportFactorChange, secrets, clock, codes } = dependencies

  async function reportSaved(client: PhoneClient, number: PhoneNumber, replaced: Phone | null) {
    const change = { ...client, kind: 'phone' } as const
    if (replaced !== null) {
      const name = maskPhoneNumber(replaced.number)
      await reportFactorChange({ ...change, event: 'second-factor-removed', name })
    }
    const name = maskPhoneNumber(number)
    await reportFactorChange({ ...change, event: 'second-factor-added', name })
  }

  return {
    async getStatus({ user, sessionId }) {
      const phone = await phones.find(user.id)
      const sentCode = await codes.find(useOf({ user, sessionId }))
      return {
        isEnabled: codes.isEnabled,
        mayAdd: mayAddPhone(user, phone),
        phone: phone === null ? null : toView(phone),
        sentCode: sentCode?.isUsable === true ? sentCode : null,
      }
    },
    async requestNumber(client, text) {
      const parsed = parsePhoneNumber(text)
      if (parsed.status === 'invalid') return invalid(parsed.message)
      const { number } = parsed
      const phone = await phones.find(client.user.id)
      if (!mayAddPhone(client.user, phone)) return { status: 'needs-other-factor' }
      if (phone?.number === number) return invalid('This is already your phone number.')
      return codes.send({ ...useOf(client), number, ipAddress: client.ipAddress })
    },
    async resend(client) {
      const use = useOf(client)
      const number = await codes.numberOf(use)
      if (number === null) return { status: 'none' }
      return codes.send({ ...use, number, ipAddress: client.ipAddress })
    },
    async confirmNumber(client, code) {
      const number = await codes.check(useOf(client), code)
      if (number === null) return { status: 'wrong' }
      const phone = { id: secrets.id(), number, createdAt: clock.now() }
      const { id: userId, passwordVersion } = client.user
      const result = await phones.save({ userId, passwordVersion }, phone)
      if (result.status === 'user-deleted') return { status: 'wrong' }
      if (result.status === 'needs-other-factor') return result
      await reportSaved(client, number, result.replaced)
      const isReplaced = result.replaced !== null
      return { status: 'confirmed', name: maskPhoneNumber(number), isReplaced }
    },
    async remove(client) {
      const phone = await phones.find(client.user.id)
      if (phone === null) return 'missing'
      return manageFactors.remove({ ...client, factor: { kind: 'phone', id: phone.id } })
    },
  }
}

/** Also decided when the phone is saved: other factors may be removed meanwhile. */
function mayAddPhone({ isOperator, secondFactors }: User, phone: Phone | null): boolean {
  return !isOperator || secondFactors > (phone === null ? 0 : 1)
}

function useOf({ user, sessionId }: Pick<PhoneClient, 'user' | 'sessionId'>): SmsCodeUse {
  return { userId: user.id, purpose: 'verify-phone', boundTo: sessionId }
}

function toView({ number, createdAt, lastUsedAt }: Phone): PhoneView {
  return { name: maskPhoneNumber(number), createdAt, lastUsedAt }
}

function invalid(message: string): Invalid<'number'> {
  return { status: 'invalid', fields: [{ field: 'number', message }] }
}
