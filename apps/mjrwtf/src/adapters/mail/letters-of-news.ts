import type { SignInPlace, SuspiciousUse } from '../../application/ports/send-mail.ts'
import type { Instant } from '../../domain/time.ts'
import { facts, type LetterContent, type LetterPart, link, text } from './letter-content.ts'
import { maskedAddress, placeFacts, whenText } from './letter-facts.ts'
import type { LetterLinks } from './letter-links.ts'

export function addressChanged(
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

export function passwordChanged(at: Instant, links: LetterLinks): LetterContent {
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

export function passwordReset(at: Instant, links: LetterLinks): LetterContent {
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

export function newDevice(
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

export function suspiciousUse(
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

export function manyFailedSignIns(
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

export function accountDeleted(at: Instant, links: LetterLinks): LetterContent {
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
