import type { Email } from '../../application/ports/email.ts'
import { details, type EmailContent, type EmailLinks, link, text } from './email-content.ts'
import { chosenDetail, clientDetails } from './email-details.ts'

const texts = {
  'identity-linked': {
    verb: 'connected',
    preposition: 'to',
    note: 'It can now be used to sign in.',
  },
  'identity-unlinked': {
    verb: 'disconnected',
    preposition: 'from',
    note: 'It can no longer be used to sign in.',
  },
} as const

/** The email about an identity that was linked or unlinked. */
export function identityChangeEmail(
  { change, provider, account, at, from }: Email<'identity-changed'>,
  links: EmailLinks,
): EmailContent {
  const { verb, preposition, note } = texts[change]
  const named = account === null ? [] : [chosenDetail('Account', account)]
  return {
    subject: `${provider} was ${verb} ${preposition} your ${links.host} account`,
    heading: `${provider} was ${verb}`,
    blocks: [
      text(`${provider} was ${verb} ${preposition} your ${links.host} account. ${note}`),
      details([...named, ...clientDetails(at, from)]),
      text(
        'If this was you, you can ignore this email. If not, choose a new password now, sign out the devices that ' +
          'you do not recognize, and disconnect the accounts that are not yours.',
      ),
      link('Choose a new password', links.forgot),
      link('Review connected accounts', links.connectedAccounts),
    ],
  }
}
