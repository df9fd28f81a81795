import { type PhoneNumber, type SmsCodePurpose, smsCodeLimits } from '../../domain/phone.ts'
import type { Throttled } from '../../domain/results.ts'
import { maskPhoneNumber } from '../../domain/second-factor.ts'
import { parseSixDigits } from '../../domain/six-digits.ts'
import { type Instant, second } from '../../domain/time.ts'
import type { SmsCodeUse, StoredSmsCode } from '../ports/phone-repository.ts'
import type { PhonesDependencies } from './dependencies.ts'

/** A code that was sent to a phone. Contains neither the code nor the whole number. */
export interface SentCode {
  /** The number with only the last digits. */
  readonly name: string
  readonly expiresAt: Instant
  /** Whether it can still be used: not used, not expired, and attempts left. */
  readonly isUsable: boolean
  /** Until another code can be requested, at least 0. The hourly limits may require more. */
  readonly resendSeconds: number
}

/** The code counts against the limits also if the gateway failed, because it may have been delivered. */
export type SendCodeResult =
  | { readonly status: 'sent'; readonly code: SentCode }
  /** The gateway did not accept the message. */
  | { readonly status: 'failed' }
  /** No gateway is configured. */
  | { readonly status: 'off' }
  /** Too soon after the last code, or too many of them. */
  | Throttled

export interface CodeRequest extends SmsCodeUse {
  readonly number: PhoneNumber
  readonly ipAddress: string | null
}

/** Codes by text message, for any purpose. */
export interface SmsCodes {
  readonly isEnabled: boolean
  /** Sends a new code, which replaces the previous one of the same use. */
  send(request: CodeRequest): Promise<SendCodeResult>
  /** The latest code of the use, also if it can no longer be used. */
  find(use: SmsCodeUse): Promise<SentCode | null>
  /** The number to which the latest code of the use was sent. */
  numberOf(use: SmsCodeUse): Promise<PhoneNumber | null>
  /** Uses the code up. Returns the number to which it was sent, or `null` if it is wrong. */
  check(use: SmsCodeUse, code: string): Promise<PhoneNumber | null>
}

export function createSmsCodes(dependencies: PhonesDependencies): SmsCodes {
  const { smsCodes, sendTextMessage, limits, secrets, codeHasher, siteHost, clock, log } =
    dependencies

  function toSentCode({ number, createdAt, expiresAt, isUsable }: StoredSmsCode): SentCode {
    const now = clock.now()
    return {
      name: maskPhoneNumber(number),
      expiresAt,
      isUsable: isUsable && now < expiresAt,
      resendSeconds: isUsable ? resendSeconds(createdAt, now) : 0,
    }
  }

  /** Stores a new code and returns it, or `null` if another request was faster. */
  async function replaceCode(request: CodeRequest): Promise<string | null> {
    const code = secrets.sixDigits()
    const createdAt = clock.now()
    const { lifetime, resendDelay } = smsCodeLimits
    const { userId, purpose, boundTo, number } = request
    const codeHash = codeHasher.hash(hashedText(request, code))
    const stored = { codeHash, createdAt, expiresAt: createdAt + lifetime }
    const isStored = await smsCodes.replace(
      { userId, purpose, boundTo, number, ...stored },
      createdAt - resendDelay,
    )
    return isStored ? code : null
  }

  async function send(request: CodeRequest): Promise<SendCodeResult> {
    if (sendTextMessage === null) return { status: 'off' }
    const previous = await smsCodes.find(request)
    const wait = previous === null ? 0 : toSentCode(previous).resendSeconds
    if (wait > 0) return tooSoon(wait)
    const throttled = await limits.textMessage(request)
    if (throttled !== null) return throttled

    const code = await replaceCode(request)
    if (code === null) return tooSoon(smsCodeLimits.resendDelay / second)
    const text = messageText(request.purpose, code, siteHost)
    const result = await sendTextMessage({ to: request.number, text })
    const { purpose, userId } = request
    log.info({ purpose, userId, result }, 'code by text message')
    if (result === 'failed') return { status: 'failed' }
    const stored = await smsCodes.find(request)
    return stored === null ? { status: 'failed' } : { status: 'sent', code: toSentCode(stored) }
  }

  return {
    isEnabled: sendTextMessage !== null,
    send,
    async find(use) {
      const stored = await smsCodes.find(use)
      return stored === null ? null : toSentCode(stored)
    },
    async numberOf(use) {
      return (await smsCodes.find(use))?.number ?? null
    },
    async check(use, code) {
      const digits = parseSixDigits(code)
      if (digits === null) return null
      const codeHashes = codeHasher.hashes(hashedText(use, digits))
      const { userId, purpose, boundTo } = use
      return smsCodes.attempt({ userId, purpose, boundTo, codeHashes, now: clock.now() })
    },
  }
}

/** The hash of a code is that of no other use. None of the parts contains a space. */
function hashedText({ userId, purpose, boundTo }: SmsCodeUse, code: string): string {
  return `sms ${userId} ${purpose} ${boundTo} ${code}`
}

/** A code from the future was stored before the clock was set back. */
function resendSeconds(createdAt: Instant, now: Instant): number {
  if (createdAt > now) return 0
  return Math.max(0, Math.ceil((createdAt + smsCodeLimits.resendDelay - now) / second))
}

function tooSoon(retryAfterSeconds: number): Throttled {
  return { status: 'throttled', retryAfterSeconds }
}

const purposeTexts: Readonly<Record<SmsCodePurpose, string>> = {
  'verify-phone': 'to add this phone to your account',
  'sign-in': 'to sign in',
  'step-up': "to confirm it's you",
}

/**
 * Names the purpose, so that a code that someone else requested is recognized. In the last line browsers find the code
 * and the only site where they offer to fill it in (draft-wells-origin-bound-one-time-codes).
 */
function messageText(purpose: SmsCodePurpose, code: string, siteHost: string): string {
  const sentence = `${code} is your ${siteHost} code ${purposeTexts[purpose]}.`
  return `${sentence} Never give it to anyone.\n\n@${siteHost} #${code}`
}
