import type { Instant } from '../../domain/time.ts'
import { action, facts, type LetterContent, link, text } from './letter-content.ts'
import { maskedAddress, whenText } from './letter-facts.ts'
import type { LetterLinks } from './letter-links.ts'

/** A letter whose link does something, once. */
interface WithToken {
  readonly token: string
  readonly expiresAt: Instant
}

export function verifyAddress({ token, expiresAt }: WithToken, links: LetterLinks): LetterContent {
  return {
    subject: `Confirm your email address for ${links.site}`,
    heading: 'Confirm your address',
    parts: [
      text(`An account at ${links.site} was made with this address. Confirm that it is yours.`),
      action('Confirm this address', links.verify(token)),
      text(worksUntil(expiresAt)),
      text('If you made no account there, do nothing: the address stays unconfirmed.'),
    ],
  }
}

export function resetPassword({ token, expiresAt }: WithToken, links: LetterLinks): LetterContent {
  return {
    subject: `Choose a new password for ${links.site}`,
    heading: 'Choose a new password',
    parts: [
      text(
        `Somebody asked for a new password for the account at ${links.site} that uses this address.`,
      ),
      action('Choose a new password', links.reset(token)),
      text(worksUntil(expiresAt)),
      text(
        'If that was not you, do nothing: the password stays as it is. Do not forward this email.',
      ),
    ],
  }
}

export function confirmNewAddress(
  { token, expiresAt }: WithToken,
  links: LetterLinks,
): LetterContent {
  return {
    subject: `Confirm your new email address for ${links.site}`,
    heading: 'Confirm your new address',
    parts: [
      text(`An account at ${links.site} is to use this address instead of its present one.`),
      action('Confirm this address', links.verify(token)),
      text(worksUntil(expiresAt)),
      text('If it is not your account, do nothing: it keeps the address that it has.'),
    ],
  }
}

export function addressChangeAsked(
  { newAddress, token, expiresAt }: WithToken & { readonly newAddress: string },
  links: LetterLinks,
): LetterContent {
  return {
    subject: `The email address of your account at ${links.site} is to change`,
    heading: 'Your email address is to change',
    parts: [
      text(`Somebody who is signed in to your account at ${links.site} asked for another address:`),
      facts([['New address', maskedAddress(newAddress)]]),
      text('It takes effect once it is confirmed there. If that was you, there is nothing to do.'),
      action('This was not me: call it off', links.verify(token)),
      text(worksUntil(expiresAt)),
      text(
        'If it was not you, choose a new password as well: somebody else knows yours, or has used ' +
          'a device on which you are signed in.',
      ),
      link('Choose a new password', links.forgot),
    ],
  }
}

function worksUntil(expiresAt: Instant): string {
  return (
    `The link works once, until ${whenText(expiresAt)}. It opens a page; nothing happens before you ` +
    'confirm it there.'
  )
}
