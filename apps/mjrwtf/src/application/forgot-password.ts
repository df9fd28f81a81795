import { parseEmail } from '../domain/email.ts'
import type { Invalid, Throttled } from '../domain/refusals.ts'
import type { Limits } from './limits.ts'
import type { LetterAsker, LetterRequestSink } from './ports/letter-requests.ts'

export interface ForgottenPassword extends LetterAsker {
  readonly email: string
}

export type ForgotPasswordResult =
  /** If there is an account for that address, a letter is on its way. */
  { readonly status: 'asked'; readonly email: string } | Invalid<'email'> | Throttled

/**
 * Has a letter written with a link to a new password. Asks nothing about the account, whether it exists or is closed: the
 * result, and the time it takes, are the same (ASVS 5.0 V6.3.8; checklist CS-FP-1).
 */
export type ForgotPassword = (request: ForgottenPassword) => Promise<ForgotPasswordResult>

export interface ForgotPasswordPorts {
  readonly limits: Pick<Limits, 'mail'>
  readonly requestLetter: LetterRequestSink
}

export function createForgotPassword(ports: ForgotPasswordPorts): ForgotPassword {
  const { limits, requestLetter } = ports
  return async function forgotPassword({ email: text, ipAddress, userAgent }) {
    const email = parseEmail(text)
    if (email === null) return { status: 'invalid', fields: [noAddress] }
    const throttled = await limits.mail({ to: email, ipAddress })
    if (throttled !== null) return throttled
    requestLetter({ kind: 'reset-password', email, from: { ipAddress, userAgent } })
    return { status: 'asked', email }
  }
}

const noAddress = { field: 'email', message: 'Enter an email address.' } as const
