import type { Email, OperatorAction } from '../../application/ports/email.ts'
import { isSuspensionReason, type SuspensionReason } from '../../domain/suspension.ts'
import { readTakeDownReason, takeDownTexts } from '../../domain/take-down.ts'
import { details, type EmailContent, type EmailLinks, text } from './email-content.ts'
import { timestampText } from './email-details.ts'

type ActionEmail = Email<'operator-action'>

interface ActionText {
  /** Up to the name of the site. */
  readonly subject: string
  readonly heading: string
  readonly paragraphs: readonly string[]
}

/** The email about what the administrator has done to an account or a link, at the server. */
export function operatorActionEmail(email: ActionEmail, links: EmailLinks): EmailContent {
  const { subject, heading, paragraphs } = actionTexts[email.action](email)
  const contact = `If you think that it is a mistake, contact the administrator of ${links.host}.`
  return {
    subject: `${subject} ${links.host}`,
    heading,
    blocks: [...paragraphs.map(text), details([['When', timestampText(email.at)]]), text(contact)],
  }
}

const suspensionTexts: Readonly<Record<SuspensionReason, string>> = {
  abuse: 'The reason: it was used against the rules of the site.',
  compromised: 'The reason: someone else may have access to it.',
  requested: 'The reason: you, or someone for you, asked for it.',
  other: '',
}

function suspensionText({ detail }: ActionEmail): string {
  const reason = suspensionTexts[detail !== null && isSuspensionReason(detail) ? detail : 'other']
  const effects =
    'You were signed out everywhere, access tokens and connected apps no longer work, and you cannot sign in. ' +
    'Your links keep working.'
  return [effects, reason].filter((sentence) => sentence !== '').join(' ')
}

/** `detail`: the short code, and the reason after a space. */
function linkText({ detail }: ActionEmail): readonly [code: string, reason: string] {
  const [code = '', reason = ''] = (detail ?? '').split(' ')
  return [code, takeDownTexts[readTakeDownReason(reason)]]
}

const actionTexts: Readonly<Record<OperatorAction, (email: ActionEmail) => ActionText>> = {
  'account-suspended': (email) => ({
    subject: 'Your account was suspended:',
    heading: 'Your account was suspended',
    paragraphs: ['An administrator suspended your account.', suspensionText(email)],
  }),
  'account-restored': () => ({
    subject: 'Your account was restored:',
    heading: 'Your account was restored',
    paragraphs: [
      'An administrator ended the suspension of your account. Sign in as before. Access tokens and connected apps ' +
        'must be created and connected again.',
    ],
  }),
  'operator-role-received': () => ({
    subject: 'You are now an administrator of',
    heading: 'You are now an administrator',
    paragraphs: [
      'Your account received the role of an administrator. You were signed out everywhere: sign in again ' +
        'with your second factor.',
    ],
  }),
  'operator-role-withdrawn': () => ({
    subject: 'You are no longer an administrator of',
    heading: 'You are no longer an administrator',
    paragraphs: [
      'The role of an administrator was withdrawn from your account. Your links and settings stay the same.',
    ],
  }),
  'reset-link-created': () => ({
    subject: 'A link to set a new password was created:',
    heading: 'A link to set a new password was created',
    paragraphs: [
      'An administrator created a link that sets a new password for your account, to hand it to you. If you did not ' +
        'ask for it, someone else may have asked in your name.',
    ],
  }),
  'link-taken-down': (email) => {
    const [code, reason] = linkText(email)
    return {
      subject: 'A link of yours was taken down:',
      heading: 'A link of yours was taken down',
      paragraphs: [
        `An administrator took down your link with the short code ${code} because of ${reason}. It no longer ` +
          'redirects, and cannot be changed.',
      ],
    }
  },
  'link-restored': (email) => {
    const [code] = linkText(email)
    return {
      subject: 'A link of yours was restored:',
      heading: 'A link of yours was restored',
      paragraphs: [`Your link with the short code ${code} redirects again.`],
    }
  },
}
