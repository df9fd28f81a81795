import type { SignInClient, SuspiciousUse } from '../../application/ports/send-mail.ts'
import type { Instant } from '../../domain/time.ts'
import { details, type EmailBlock, type EmailContent, link, text } from './email-content.ts'
import { locationDetails, maskedEmail, timestampText } from './email-details.ts'
import type { EmailLinks } from './email-links.ts'

export function emailChanged(
  { newEmail, at }: { readonly newEmail: string; readonly at: Instant },
  links: EmailLinks,
): EmailContent {
  return {
    subject: `The email address of your account at ${links.host} has changed`,
    heading: 'Your email address has changed',
    blocks: [
      text(`Your account at ${links.host} has another address now, and signs in with that one.`),
      details([
        ['New address', maskedEmail(newEmail)],
        ['When', timestampText(at)],
      ]),
      text(
        'If that was not you and you are still signed in somewhere, change your password there at once, ' +
          `and see what was done. If you are not, ask whoever runs ${links.host} for help.`,
      ),
      link('Where you are signed in', links.sessions),
      link('What happened to your account', links.securityLog),
    ],
  }
}

export function passwordChanged(at: Instant, links: EmailLinks): EmailContent {
  return {
    subject: `Your password for ${links.host} was changed`,
    heading: 'Your password was changed',
    blocks: [
      text(`Your account at ${links.host} has a new password. Other devices were signed out.`),
      details([['When', timestampText(at)]]),
      ...ifNotYou('If that was not you, choose another password at once.', links),
    ],
  }
}

export function passwordReset(at: Instant, links: EmailLinks): EmailContent {
  return {
    subject: `Your password for ${links.host} was reset`,
    heading: 'Your password was reset',
    blocks: [
      text(
        `Your account at ${links.host} got a new password by a link in an email to this address. ` +
          'It was signed out everywhere.',
      ),
      details([['When', timestampText(at)]]),
      ...ifNotYou(
        'If that was not you, somebody else reads your email: make your mailbox safe first, then choose ' +
          'another password.',
        links,
      ),
    ],
  }
}

export function newDevice(
  { at, from }: { readonly at: Instant; readonly from: SignInClient },
  links: EmailLinks,
): EmailContent {
  return {
    subject: `New sign-in to your account at ${links.host}`,
    heading: 'A sign-in on a new device',
    blocks: [
      text(`Somebody signed in to your account at ${links.host} on a device that is new to it.`),
      details(locationDetails(at, from)),
      text('If that was you, there is nothing to do.'),
      text('If not, end that session and choose a new password.'),
      link('Where you are signed in', links.sessions),
      link('Choose a new password', links.forgot),
    ],
  }
}

const suspiciousUseTexts: Readonly<Record<SuspiciousUse, string>> = {
  'concurrent-use': 'was used from two places at the same time',
  'impossible-travel': 'was used from two places that are too far apart for the time between',
}

export function suspiciousUse(
  email: { readonly suspicion: SuspiciousUse; readonly at: Instant; readonly from: SignInClient },
  links: EmailLinks,
): EmailContent {
  return {
    subject: `Is this you? Unusual use of your account at ${links.host}`,
    heading: 'Is this you?',
    blocks: [
      text(`One session of your account at ${links.host} ${suspiciousUseTexts[email.suspicion]}.`),
      details(locationDetails(email.at, email.from)),
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
  links: EmailLinks,
): EmailContent {
  return {
    subject: `Many failed sign-ins to your account at ${links.host}`,
    heading: 'Many failed sign-ins',
    blocks: [
      text(`Somebody tried to sign in to your account at ${links.host} with wrong passwords.`),
      details([
        ['Failed sign-ins', String(failures)],
        ['The last one', timestampText(at)],
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

export function accountDeleted(at: Instant, links: EmailLinks): EmailContent {
  return {
    subject: `Your account at ${links.host} was deleted`,
    heading: 'Your account was deleted',
    blocks: [
      text(`The account at ${links.host} with this address was deleted, with what it held.`),
      details([['When', timestampText(at)]]),
      text(
        'It cannot be brought back. If that was not you, ask whoever runs ' +
          `${links.host} what happened.`,
      ),
    ],
  }
}

function ifNotYou(advice: string, links: EmailLinks): readonly EmailBlock[] {
  return [
    text('If that was you, there is nothing to do.'),
    text(advice),
    link('Choose another password', links.forgot),
    link('What happened to your account', links.securityLog),
  ]
}
