import type { Email } from '../../application/ports/email.ts'
import type { Instant } from '../../domain/time.ts'
import {
  action,
  details,
  type EmailBlock,
  type EmailContent,
  type EmailLinks,
  link,
  text,
} from './email-content.ts'
import { timestampText } from './email-details.ts'

/** The emails about the removal of all second factors of a user by an administrator. */
export const factorRemovalEmails = {
  'factor-removal-requested': (
    { token, expiresAt }: Email<'factor-removal-requested'>,
    links: EmailLinks,
  ): EmailContent => ({
    subject: `Second factors of your ${links.host} account will be removed`,
    heading: 'Your second factors are about to be removed',
    blocks: [
      text(
        `The administrator of ${links.host} was asked to remove all second factors of your account, because you lost ` +
          'them. Your passkeys, authenticator apps, phone number and recovery codes will be removed:',
      ),
      ...explanation(expiresAt, links, token),
    ],
  }),

  'factor-removal-reminder': (
    { token, expiresAt }: Email<'factor-removal-reminder'>,
    links: EmailLinks,
  ): EmailContent => ({
    subject: `Reminder: your ${links.host} account will lose its second factors`,
    heading: 'Your second factors will be removed soon',
    blocks: [
      text(
        `The administrator of ${links.host} will remove all second factors of your account: your passkeys, ` +
          'authenticator apps, phone number and recovery codes.',
      ),
      ...explanation(expiresAt, links, token),
    ],
  }),

  'factor-removal-canceled': (
    { at }: Email<'factor-removal-canceled'>,
    links: EmailLinks,
  ): EmailContent => ({
    subject: `The second factors of your ${links.host} account stay`,
    heading: 'Your second factors stay',
    blocks: [
      text(
        `The removal of the second factors of your ${links.host} account was canceled. You sign in with them as before.`,
      ),
      details([['When', timestampText(at)]]),
      text('If you lost your devices and still need the removal, contact the administrator again.'),
      link('Review your account security', links.security),
    ],
  }),
}

function explanation(dueAt: Instant, links: EmailLinks, token: string): readonly EmailBlock[] {
  return [
    details([['When', timestampText(dueAt)]]),
    text(
      'If you asked for this, you need not do anything. Afterward you sign in without a second factor.',
    ),
    text(
      'If you did not ask for this, cancel it: someone may want to get into your account. ' +
        'Then choose a new password. Signing in with a second factor also cancels it.',
    ),
    action("This wasn't me: keep my second factors", links.verify(token)),
    link('Choose a new password', links.forgot),
  ]
}
