import type { Instant } from '../../domain/time.ts'
import { action, details, type EmailContent, link, text } from './email-content.ts'
import { maskedEmail, timestampText } from './email-details.ts'
import type { EmailLinks } from './email-links.ts'

/** A letter whose link does something, once. */
interface WithToken {
  readonly token: string
  readonly expiresAt: Instant
}

export function verifyEmail({ token, expiresAt }: WithToken, links: EmailLinks): EmailContent {
  return {
    subject: `Confirm your email address for ${links.host}`,
    heading: 'Confirm your address',
    blocks: [
      text(`An account at ${links.host} was made with this address. Confirm that it is yours.`),
      action('Confirm this address', links.verify(token)),
      text(expiryText(expiresAt)),
      text('If you made no account there, do nothing: the address stays unconfirmed.'),
    ],
  }
}

export function resetPassword({ token, expiresAt }: WithToken, links: EmailLinks): EmailContent {
  return {
    subject: `Choose a new password for ${links.host}`,
    heading: 'Choose a new password',
    blocks: [
      text(
        `Somebody asked for a new password for the account at ${links.host} that uses this address.`,
      ),
      action('Choose a new password', links.reset(token)),
      text(expiryText(expiresAt)),
      text(
        'If that was not you, do nothing: the password stays as it is. Do not forward this email.',
      ),
    ],
  }
}

export function confirmNewEmail({ token, expiresAt }: WithToken, links: EmailLinks): EmailContent {
  return {
    subject: `Confirm your new email address for ${links.host}`,
    heading: 'Confirm your new address',
    blocks: [
      text(`An account at ${links.host} is to use this address instead of its present one.`),
      action('Confirm this address', links.verify(token)),
      text(expiryText(expiresAt)),
      text('If it is not your account, do nothing: it keeps the address that it has.'),
    ],
  }
}

export function emailChangeRequested(
  { newEmail, token, expiresAt }: WithToken & { readonly newEmail: string },
  links: EmailLinks,
): EmailContent {
  return {
    subject: `The email address of your account at ${links.host} is to change`,
    heading: 'Your email address is to change',
    blocks: [
      text(`Somebody who is signed in to your account at ${links.host} asked for another address:`),
      details([['New address', maskedEmail(newEmail)]]),
      text('It takes effect once it is confirmed there. If that was you, there is nothing to do.'),
      action('This was not me: call it off', links.verify(token)),
      text(expiryText(expiresAt)),
      text(
        'If it was not you, choose a new password as well: somebody else knows yours, or has used ' +
          'a device on which you are signed in.',
      ),
      link('Choose a new password', links.forgot),
    ],
  }
}

function expiryText(expiresAt: Instant): string {
  return (
    `The link works once, until ${timestampText(expiresAt)}. It opens a page; nothing happens before you ` +
    'confirm it there.'
  )
}
