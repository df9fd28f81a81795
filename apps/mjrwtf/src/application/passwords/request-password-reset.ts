import { invalidEmailMessage, parseEmail } from '../../domain/email.ts'
import type { Invalid, Throttled } from '../../domain/results.ts'
import type { EmailRequestSink, Requester } from '../ports/email.ts'
import type { Limits } from '../shared/rate-limits.ts'

export interface PasswordResetRequest extends Requester {
  readonly email: string
}

export type RequestPasswordResetResult =
  /** If there is an account for that address, a letter is on its way. */
  { readonly status: 'requested'; readonly email: string } | Invalid<'email'> | Throttled

/**
 * Has a letter written with a link to a new password. Asks nothing about the account, whether it exists or is closed: the
 * result, and the time it takes, are the same (ASVS 5.0 V6.3.8; checklist CS-FP-1).
 */
export type RequestPasswordReset = (
  request: PasswordResetRequest,
) => Promise<RequestPasswordResetResult>

export interface RequestPasswordResetPorts {
  readonly limits: Pick<Limits, 'requestedEmail'>
  readonly requestEmail: EmailRequestSink
}

export function createRequestPasswordReset(ports: RequestPasswordResetPorts): RequestPasswordReset {
  const { limits, requestEmail } = ports
  return async function requestPasswordReset({ email: text, ipAddress, userAgent }) {
    const email = parseEmail(text)
    if (email === null) return { status: 'invalid', fields: [invalidEmailError] }
    const throttled = await limits.requestedEmail({ to: email, ipAddress })
    if (throttled !== null) return throttled
    requestEmail({ kind: 'reset-password', email, requester: { ipAddress, userAgent } })
    return { status: 'requested', email }
  }
}

const invalidEmailError = { field: 'email', message: invalidEmailMessage } as const
