import type { Clock } from 'coatcheck'
import type { EmailRequestSink, SendMail } from '../ports/email.ts'
import type { EmailChangeRepository } from '../ports/email-change-repository.ts'
import type { EmailTokenRepository } from '../ports/email-token-repository.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { UserRepository } from '../ports/user-repository.ts'
import type { RecordSecurityEvent } from '../security-log/record-security-event.ts'
import type { Limits } from '../shared/rate-limits.ts'
import { type CancelEmailChange, createCancelEmailChange } from './cancel-email-change.ts'
import type { CheckEmailToken } from './check-email-token.ts'
import {
  createFindEmailLink,
  createFollowEmailLink,
  type FindEmailLink,
  type FollowEmailLink,
} from './follow-email-link.ts'
import type { GetEmailStatus } from './get-email-status.ts'
import { createRequestEmailChange, type RequestEmailChange } from './request-email-change.ts'
import { createRequestVerification, type RequestVerification } from './request-verification.ts'
import { createSendRequestedEmails, type SendRequestedEmails } from './send-requested-emails.ts'

/** Verifies and changes the email addresses of accounts. */
export interface EmailAddresses {
  readonly getStatus: GetEmailStatus
  readonly requestVerification: RequestVerification
  readonly requestChange: RequestEmailChange
  readonly cancelChange: CancelEmailChange
  readonly findLink: FindEmailLink
  readonly followLink: FollowEmailLink
  readonly sendRequested: SendRequestedEmails
}

export interface EmailAddressesDependencies {
  readonly users: Pick<UserRepository, 'findByEmail'>
  readonly emailTokens: EmailTokenRepository
  readonly emailChanges: EmailChangeRepository
  readonly getEmailStatus: GetEmailStatus
  readonly checkEmailToken: CheckEmailToken
  readonly limits: Pick<Limits, 'requestedEmail'>
  readonly requestEmail: EmailRequestSink
  readonly sendMail: SendMail
  readonly recordSecurityEvent: RecordSecurityEvent
  readonly secrets: Secrets
  readonly clock: Clock
}

export function createEmailAddresses(dependencies: EmailAddressesDependencies): EmailAddresses {
  return {
    getStatus: dependencies.getEmailStatus,
    requestVerification: createRequestVerification(dependencies),
    requestChange: createRequestEmailChange(dependencies),
    cancelChange: createCancelEmailChange(dependencies),
    findLink: createFindEmailLink(dependencies),
    followLink: createFollowEmailLink(dependencies),
    sendRequested: createSendRequestedEmails(dependencies),
  }
}
