import type { Letter, SignInPlace, SuspiciousUse } from '../../application/ports/send-mail.ts'
import type { Instant } from '../../domain/time.ts'
import { type Fact, maskedAddress, placeFacts, whenText } from './letter-facts.ts'
import type { LetterLinks } from './letter-links.ts'

/** What a letter says, before it is a text or a page. Every part is in both. */
export interface LetterContent {
  /** Says what it is about to whoever reads nothing else. Holds no address and no secret. */
  readonly subject: string
  readonly heading: string
  readonly parts: readonly LetterPart[]
}

export type LetterPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'facts'; readonly facts: readonly Fact[] }
  /** What the letter is for: shown as a button, and in full for who cannot press it. */
  | { readonly kind: 'action'; readonly label: string; readonly url: string }
  | { readonly kind: 'link'; readonly label: string; readonly url: string }

/** Puts a letter into words. */
export function contentOf(letter: Letter, links: LetterLinks): LetterContent {
  switch (letter.kind) {
    case 'verify-address':
      return verifyAddress(letter, links)
    case 'reset-password':
      return resetPassword(letter, links)
    case 'confirm-new-address':
      return confirmNewAddress(letter, links)
    case 'address-change-asked':
      return addressChangeAsked(letter, links)
    case 'address-changed':
      return addressChanged(letter, links)
    case 'password-changed':
      return passwordChanged(letter.at, links)
    case 'password-reset':
      return passwordReset(letter.at, links)
    case 'new-device':
      return newDevice(letter, links)
    case 'suspicious-use':
      return suspiciousUse(letter, links)
    case 'many-failed-sign-ins':
      return manyFailedSignIns(letter, links)
    case 'account-deleted':
      return accountDeleted(letter.at, links)
  }
}

interface WithToken {
  readonly token: string
  readonly expiresAt: Instant
}

function verifyAddress({ token, expiresAt }: WithToken, links: LetterLinks): LetterContent {
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

function resetPassword({ token, expiresAt }: WithToken, links: LetterLinks): LetterContent {
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

function confirmNewAddress({ token, expiresAt }: WithToken, links: LetterLinks): LetterContent {
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

function addressChangeAsked(
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

function addressChanged(
  { newAddress, at }: { readonly newAddress: string; readonly at: Instant },
  links: LetterLinks,
): LetterContent {
  return {
    subject: `The email address of your account at ${links.site} has changed`,
    heading: 'Your email address has changed',
    parts: [
      text(`Your account at ${links.site} has another address now, and signs in with that one.`),
      facts([
        ['New address', maskedAddress(newAddress)],
        ['When', whenText(at)],
      ]),
      text(
        'If that was not you and you are still signed in somewhere, change your password there at once, ' +
          `and see what was done. If you are not, ask whoever runs ${links.site} for help.`,
      ),
      link('Where you are signed in', links.sessions),
      link('What happened to your account', links.securityLog),
    ],
  }
}

function passwordChanged(at: Instant, links: LetterLinks): LetterContent {
  return {
    subject: `Your password for ${links.site} was changed`,
    heading: 'Your password was changed',
    parts: [
      text(`Your account at ${links.site} has a new password. Other devices were signed out.`),
      facts([['When', whenText(at)]]),
      ...ifNotYou('If that was not you, choose another password at once.', links),
    ],
  }
}

function passwordReset(at: Instant, links: LetterLinks): LetterContent {
  return {
    subject: `Your password for ${links.site} was reset`,
    heading: 'Your password was reset',
    parts: [
      text(
        `Your account at ${links.site} got a new password by a link in an email to this address. ` +
          'It was signed out everywhere.',
      ),
      facts([['When', whenText(at)]]),
      ...ifNotYou(
        'If that was not you, somebody else reads your email: make your mailbox safe first, then choose ' +
          'another password.',
        links,
      ),
    ],
  }
}

function newDevice(
  { at, from }: { readonly at: Instant; readonly from: SignInPlace },
  links: LetterLinks,
): LetterContent {
  return {
    subject: `New sign-in to your account at ${links.site}`,
    heading: 'A sign-in on a new device',
    parts: [
      text(`Somebody signed in to your account at ${links.site} on a device that is new to it.`),
      facts(placeFacts(at, from)),
      text('If that was you, there is nothing to do.'),
      text('If not, end that session and choose a new password.'),
      link('Where you are signed in', links.sessions),
      link('Choose a new password', links.forgot),
    ],
  }
}

const suspicions: Readonly<Record<SuspiciousUse, string>> = {
  'two-places': 'was used from two places at the same time',
  'impossible-travel': 'was used from two places that are too far apart for the time between',
}

function suspiciousUse(
  letter: { readonly what: SuspiciousUse; readonly at: Instant; readonly from: SignInPlace },
  links: LetterLinks,
): LetterContent {
  return {
    subject: `Is this you? Unusual use of your account at ${links.site}`,
    heading: 'Is this you?',
    parts: [
      text(`One session of your account at ${links.site} ${suspicions[letter.what]}.`),
      facts(placeFacts(letter.at, letter.from)),
      text(
        'A VPN, or a phone that changes networks, can look like this. If that was you, there is ' +
          'nothing to do.',
      ),
      text('If not, end the session and choose a new password.'),
      link('Where you are signed in', links.sessions),
      link('Choose a new password', links.forgot),
    ],
  }
}

function manyFailedSignIns(
  { failures, at }: { readonly failures: number; readonly at: Instant },
  links: LetterLinks,
): LetterContent {
  return {
    subject: `Many failed sign-ins to your account at ${links.site}`,
    heading: 'Many failed sign-ins',
    parts: [
      text(`Somebody tried to sign in to your account at ${links.site} with wrong passwords.`),
      facts([
        ['Failed sign-ins', String(failures)],
        ['The last one', whenText(at)],
      ]),
      text(
        'If that was you, choose a new password by email. If not, your password has held, and further ' +
          'tries are slowed down. One that you use nowhere else holds best.',
      ),
      link('Choose a new password', links.forgot),
      link('What happened to your account', links.securityLog),
    ],
  }
}

function accountDeleted(at: Instant, links: LetterLinks): LetterContent {
  return {
    subject: `Your account at ${links.site} was deleted`,
    heading: 'Your account was deleted',
    parts: [
      text(`The account at ${links.site} with this address was deleted, with what it held.`),
      facts([['When', whenText(at)]]),
      text(
        'It cannot be brought back. If that was not you, ask whoever runs ' +
          `${links.site} what happened.`,
      ),
    ],
  }
}

function ifNotYou(advice: string, links: LetterLinks): readonly LetterPart[] {
  return [
    text('If that was you, there is nothing to do.'),
    text(advice),
    link('Choose another password', links.forgot),
    link('What happened to your account', links.securityLog),
  ]
}

function worksUntil(expiresAt: Instant): string {
  return (
    `The link works once, until ${whenText(expiresAt)}. It opens a page; nothing happens before you ` +
    'confirm it there.'
  )
}

function text(words: string): LetterPart {
  return { kind: 'text', text: words }
}

function facts(rows: readonly Fact[]): LetterPart {
  return { kind: 'facts', facts: rows }
}

function action(label: string, url: string): LetterPart {
  return { kind: 'action', label, url }
}

function link(label: string, url: string): LetterPart {
  return { kind: 'link', label, url }
}
