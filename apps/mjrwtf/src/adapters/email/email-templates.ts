import type { Email, EmailKind, SuspiciousUse } from '../../application/ports/email.ts'
import { describeScopes } from '../../application/shared/scope-texts.ts'
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
import { chosenDetail, clientDetails, maskedEmail, timestampText } from './email-details.ts'
import { factorChangeEmail } from './factor-change-email.ts'
import { factorRemovalEmails } from './factor-removal-emails.ts'
import { identityChangeEmail } from './identity-change-email.ts'
import { operatorActionEmail } from './operator-action-email.ts'
import { tokenEmails } from './token-emails.ts'

type Templates = {
  readonly [Kind in EmailKind]: (email: Email<Kind>, links: EmailLinks) => EmailContent
}

/** The content of an email. */
export function emailContent<Kind extends EmailKind>(
  email: Email<Kind>,
  links: EmailLinks,
): EmailContent {
  return templates[email.kind](email, links)
}

const templates: Templates = {
  'verify-email': ({ token, expiresAt }, links) => ({
    subject: `Confirm your email address for ${links.host}`,
    heading: 'Confirm your email address',
    blocks: [
      text(
        `Someone created an account at ${links.host} with this email. If it was you, confirm it.`,
      ),
      action('Confirm email address', links.verify(token)),
      text(expiryText(expiresAt)),
      text("If it wasn't you, ignore this email."),
    ],
  }),

  'reset-password': ({ token, expiresAt }, links) => ({
    subject: `Reset your ${links.host} password`,
    heading: 'Reset your password',
    blocks: [
      text(`Someone requested a new password for your ${links.host} account.`),
      action('Choose a new password', links.reset(token)),
      text(expiryText(expiresAt)),
      text(
        "If it wasn't you, ignore this email; nothing changes. Do not forward this email: " +
          'the link gives access to your account.',
      ),
    ],
  }),

  invitation: ({ code, expiresAt }, links) => ({
    subject: `You are invited to ${links.host}`,
    heading: `You are invited to ${links.host}`,
    blocks: [
      text(`An administrator of ${links.host} invites you to create an account for short links.`),
      action('Create an account', links.signUp(code)),
      text(expiryText(expiresAt)),
      text(
        'If you do not expect this invitation, ignore this email. Do not forward it: the link creates one account only.',
      ),
    ],
  }),

  'confirm-new-email': ({ token, expiresAt }, links) => ({
    subject: `Confirm your new email address for ${links.host}`,
    heading: 'Confirm your new email address',
    blocks: [
      text(
        `Someone wants to use this email for an account at ${links.host}. If it was you, confirm it.`,
      ),
      action('Confirm email address', links.verify(token)),
      text(expiryText(expiresAt)),
      text("If it wasn't you, ignore this email; nothing changes."),
    ],
  }),

  'email-change-requested': ({ newEmail, token, expiresAt }, links) => ({
    subject: `Confirm or cancel: email change for your ${links.host} account`,
    heading: 'Your email address is about to change',
    blocks: [
      text(`Someone who is signed in to your ${links.host} account requested a new email address:`),
      details([['New email', maskedEmail(newEmail)]]),
      text('If this was you, confirm it with the link we sent to the new address.'),
      action("This wasn't me: cancel the change", links.verify(token)),
      text(expiryText(expiresAt)),
      text(
        "If it wasn't you, also choose a new password: someone knows yours, or used a device on " +
          'which you are signed in.',
      ),
      link('Choose a new password', links.forgot),
    ],
  }),

  'email-changed': ({ newEmail, at }, links) => ({
    subject: `The email address of your ${links.host} account has changed`,
    heading: 'Your email address has changed',
    blocks: [
      text(`Your ${links.host} account has a new email address. Use it to sign in from now on.`),
      details([
        ['New email', maskedEmail(newEmail)],
        ['When', timestampText(at)],
      ]),
      text(
        "If this wasn't you and you are still signed in on a device, change your password there now and " +
          `review the security log. Otherwise, contact the administrator of ${links.host}.`,
      ),
      link('Review your devices', links.sessions),
      link('Review the security log', links.securityLog),
    ],
  }),

  'password-changed': ({ at }, links) => ({
    subject: `Your ${links.host} password was changed`,
    heading: 'Your password was changed',
    blocks: [
      text(
        `The password of your ${links.host} account was changed. Other devices were signed out.`,
      ),
      details([['When', timestampText(at)]]),
      ...ifNotYou('If not, choose a new password now.', links),
    ],
  }),

  'password-set': ({ at }, links) => ({
    subject: `Your ${links.host} account has a password now`,
    heading: 'Your account has a password now',
    blocks: [
      text(
        `A password was set for your ${links.host} account, which had none. You can sign in with it. ` +
          'Other devices were signed out.',
      ),
      details([['When', timestampText(at)]]),
      ...ifNotYou('If not, choose a new password now.', links),
    ],
  }),

  'password-reset': ({ at }, links) => ({
    subject: `Your ${links.host} password was reset`,
    heading: 'Your password was reset',
    blocks: [
      text(
        `The password of your ${links.host} account was reset with a link emailed to this address. ` +
          'All devices were signed out.',
      ),
      details([['When', timestampText(at)]]),
      ...ifNotYou(
        'If not, someone else can read your email: secure your mailbox first, then choose a new password.',
        links,
      ),
    ],
  }),

  'new-device': ({ at, from }, links) => ({
    subject: `New sign-in to your ${links.host} account`,
    heading: 'New sign-in to your account',
    blocks: [
      text(`Your ${links.host} account was just signed in to from a new device.`),
      details(clientDetails(at, from)),
      text(
        'If this was you, you can ignore this email. If not, sign out that device and change your password.',
      ),
      link('Review your devices', links.sessions),
      link('Choose a new password', links.forgot),
    ],
  }),

  'suspicious-use': ({ suspicion, at, from }, links) => ({
    subject: `Was this you? Unusual activity in your ${links.host} account`,
    heading: 'Was this you?',
    blocks: [
      text(`A session of your ${links.host} account ${suspiciousUseTexts[suspicion]}.`),
      details(clientDetails(at, from)),
      text(
        'A VPN or a phone that switches networks can cause this. If this was you, you can ignore this email.',
      ),
      text('If not, sign out that device and change your password.'),
      link('Review your devices', links.sessions),
      link('Choose a new password', links.forgot),
    ],
  }),

  'many-failed-sign-ins': ({ failures, at }, links) => ({
    subject: `Many failed sign-ins to your ${links.host} account`,
    heading: 'Many failed sign-ins',
    blocks: [
      text(`Someone tried to sign in to your ${links.host} account with wrong passwords.`),
      details([
        ['Failed sign-ins', String(failures)],
        ['Last attempt', timestampText(at)],
      ]),
      text('If this was you and you forgot your password, choose a new one.'),
      text(
        'If not: your password was not guessed, and further attempts are delayed. Use a password ' +
          "you don't use anywhere else.",
      ),
      link('Choose a new password', links.forgot),
      link('Review the security log', links.securityLog),
    ],
  }),

  'many-failed-second-factors': ({ failures, at }, links) => ({
    subject: `Someone is trying to sign in to your ${links.host} account`,
    heading: 'Someone passed the first step of your sign-in',
    blocks: [
      text(
        `Someone passed the first step of a sign-in to your ${links.host} account, with your password or a ` +
          'connected account, and failed at the second one.',
      ),
      details([
        ['Failed second steps', String(failures)],
        ['Last attempt', timestampText(at)],
      ]),
      text('If this was you: use another way, such as a recovery code.'),
      text(
        'If not: nobody was signed in, and further attempts are delayed. Choose a new password now, ' +
          "one that you don't use anywhere else. If you sign in with a connected account, secure that too.",
      ),
      link('Choose a new password', links.forgot),
      link('Review the security log', links.securityLog),
    ],
  }),

  'factor-changed': factorChangeEmail,
  'identity-changed': identityChangeEmail,

  ...factorRemovalEmails,

  'app-connected': ({ name, scopes, at, from }, links) => ({
    subject: `An app was connected to your ${links.host} account`,
    heading: 'An app was connected to your account',
    blocks: [
      text(`An app got access to your ${links.host} account.`),
      details([
        chosenDetail('App', name),
        ['Access', describeScopes(scopes).join('. ')],
        ...clientDetails(at, from),
      ]),
      text(
        'If this was you, you can ignore this email. If not, disconnect the app and change your password.',
      ),
      link('Review your connected apps', links.connectedApps),
      link('Choose a new password', links.forgot),
    ],
  }),
  ...tokenEmails,
  'operator-action': operatorActionEmail,

  'account-deleted': ({ at }, links) => ({
    subject: `Your ${links.host} account was deleted`,
    heading: 'Your account was deleted',
    blocks: [
      text(`Your ${links.host} account and its data were deleted.`),
      details([['When', timestampText(at)]]),
      text(`This cannot be undone. If it wasn't you, contact the administrator of ${links.host}.`),
    ],
  }),
}

const suspiciousUseTexts: Readonly<Record<SuspiciousUse, string>> = {
  'concurrent-use': 'was used in two places at the same time',
  'impossible-travel': 'was used in two distant places within a short time',
}

function expiryText(expiresAt: Instant): string {
  return `The link works once, until ${timestampText(expiresAt)}.`
}

function ifNotYou(advice: string, links: EmailLinks): readonly EmailBlock[] {
  return [
    text(`If this was you, you can ignore this email. ${advice}`),
    link('Choose a new password', links.forgot),
    link('Review the security log', links.securityLog),
  ]
}
