import type { Throttled } from '../../domain/results.ts'
import type { User } from '../../domain/user.ts'
import type { EmailRequestSink, Requester } from '../ports/email.ts'
import type { Limits } from '../shared/rate-limits.ts'
import type { GetEmailStatus } from './get-email-status.ts'

export type RequestVerificationResult =
  | { readonly status: 'requested' }
  | { readonly status: 'already-verified' }
  | Throttled

/** Has another letter written with which somebody shows that the address of their account is theirs. */
export type RequestVerification = (
  user: User,
  from: Requester,
) => Promise<RequestVerificationResult>

export interface RequestVerificationPorts {
  readonly getEmailStatus: GetEmailStatus
  readonly limits: Pick<Limits, 'requestedEmail'>
  readonly requestEmail: EmailRequestSink
}

export function createRequestVerification(ports: RequestVerificationPorts): RequestVerification {
  const { getEmailStatus, limits, requestEmail } = ports
  return async function requestVerification({ id, email }, requester) {
    const { verifiedAt } = await getEmailStatus(id)
    if (verifiedAt !== null) return { status: 'already-verified' }
    const throttled = await limits.requestedEmail({ to: email, ipAddress: requester.ipAddress })
    if (throttled !== null) return throttled
    requestEmail({ kind: 'verify-email', email, requester })
    return { status: 'requested' }
  }
}
