import type { Throttled } from '../../domain/results.ts'
import type { User, UserId } from '../../domain/user.ts'
import type { Requester } from '../ports/email.ts'
import type { EmailStatus } from '../ports/email-change-repository.ts'
import type { EmailDependencies } from './dependencies.ts'

/** Returns whether the user's email is verified, and the pending change. */
export type GetEmailStatus = (userId: UserId) => Promise<EmailStatus>

export type RequestVerificationResult =
  | { readonly status: 'requested' }
  | { readonly status: 'already-verified' }
  | Throttled

/** Requests another email with which the user verifies the email of the account. */
export type RequestVerification = (
  user: User,
  from: Requester,
) => Promise<RequestVerificationResult>

export function createGetEmailStatus({
  emailChanges,
  clock,
}: Pick<EmailDependencies, 'emailChanges' | 'clock'>): GetEmailStatus {
  return (userId) => emailChanges.status(userId, clock.now())
}

interface RequestVerificationDependencies
  extends Pick<EmailDependencies, 'limits' | 'requestEmail'> {
  readonly getEmailStatus: GetEmailStatus
}

export function createRequestVerification(
  dependencies: RequestVerificationDependencies,
): RequestVerification {
  const { getEmailStatus, limits, requestEmail } = dependencies
  return async function requestVerification({ id, email }, requester) {
    const { verifiedAt } = await getEmailStatus(id)
    if (verifiedAt !== null) return { status: 'already-verified' }
    const throttled = await limits.requestedEmail(id)
    if (throttled !== null) return throttled
    requestEmail({ kind: 'verify-email', email, requester })
    return { status: 'requested' }
  }
}
