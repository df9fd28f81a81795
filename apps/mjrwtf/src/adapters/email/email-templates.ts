import type { Email } from '../../application/ports/send-mail.ts'
import {
  confirmNewEmail,
  emailChangeRequested,
  resetPassword,
  verifyEmail,
} from './action-emails.ts'
import type { EmailContent } from './email-content.ts'
import type { EmailLinks } from './email-links.ts'
import {
  accountDeleted,
  emailChanged,
  manyFailedSignIns,
  newDevice,
  passwordChanged,
  passwordReset,
  suspiciousUse,
} from './notification-emails.ts'

/** Puts a letter into words. */
export function emailContent(email: Email, links: EmailLinks): EmailContent {
  switch (email.kind) {
    case 'verify-email':
      return verifyEmail(email, links)
    case 'reset-password':
      return resetPassword(email, links)
    case 'confirm-new-email':
      return confirmNewEmail(email, links)
    case 'email-change-requested':
      return emailChangeRequested(email, links)
    case 'email-changed':
      return emailChanged(email, links)
    case 'password-changed':
      return passwordChanged(email.at, links)
    case 'password-reset':
      return passwordReset(email.at, links)
    case 'new-device':
      return newDevice(email, links)
    case 'suspicious-use':
      return suspiciousUse(email, links)
    case 'many-failed-sign-ins':
      return manyFailedSignIns(email, links)
    case 'account-deleted':
      return accountDeleted(email.at, links)
  }
}
