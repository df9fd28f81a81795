import { createEmailChanges, type EmailChanges } from './change-email.ts'
import { createCheckEmailToken } from './check-email-token.ts'
import type { EmailDependencies } from './dependencies.ts'
import { createEmailQuota } from './email-quota.ts'
import {
  createFindEmailLink,
  createFollowEmailLink,
  type FindEmailLink,
  type FollowEmailLink,
} from './follow-email-link.ts'
import type { NotificationLimit } from './notification-limit.ts'
import { createSendRequestedEmails, type SendRequestedEmails } from './send-requested-emails.ts'
import {
  createGetEmailStatus,
  createRequestVerification,
  type GetEmailStatus,
  type RequestVerification,
} from './verification.ts'

/** Verifies and changes the emails of accounts. */
export interface EmailAddresses extends EmailChanges {
  readonly getStatus: GetEmailStatus
  readonly requestVerification: RequestVerification
  readonly findLink: FindEmailLink
  readonly followLink: FollowEmailLink
  readonly sendRequested: SendRequestedEmails
}

export interface EmailAddressesDependencies extends EmailDependencies {
  readonly notificationLimit: NotificationLimit
}

export function createEmailAddresses(dependencies: EmailAddressesDependencies): EmailAddresses {
  const getEmailStatus = createGetEmailStatus(dependencies)
  const checkEmailToken = createCheckEmailToken(dependencies)
  const quota = createEmailQuota({ ...dependencies, getEmailStatus })
  return {
    ...createEmailChanges(dependencies),
    getStatus: getEmailStatus,
    requestVerification: createRequestVerification({ ...dependencies, getEmailStatus }),
    findLink: createFindEmailLink({ ...dependencies, checkEmailToken }),
    followLink: createFollowEmailLink({ ...dependencies, checkEmailToken }),
    sendRequested: createSendRequestedEmails({ ...dependencies, getEmailStatus, quota }),
  }
}
