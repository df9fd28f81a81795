import type { Email } from '../../application/ports/email.ts'
import { describeScopes } from '../../application/shared/scope-texts.ts'
import { action, details, type EmailContent, type EmailLinks, link, text } from './email-content.ts'
import { chosenDetail, clientDetails, timestampText } from './email-details.ts'

/** The emails about personal access tokens. */
export const tokenEmails = {
  'token-created': (
    { name, scopes, expiresAt, at, from }: Email<'token-created'>,
    links: EmailLinks,
  ): EmailContent => ({
    subject: `New access token for your ${links.host} account`,
    heading: 'New access token',
    blocks: [
      text(
        `An access token was created for your ${links.host} account. Programs that have it act as you.`,
      ),
      details([
        chosenDetail('Name', name),
        ['Access', describeScopes(scopes).join('. ')],
        ['Expires', timestampText(expiresAt)],
        ...clientDetails(at, from),
      ]),
      text(
        'If this was you, you can ignore this email. If not, revoke the token now, choose a new password and sign out ' +
          'the devices that you do not recognize.',
      ),
      link('Review your access tokens', links.tokens),
      link('Choose a new password', links.forgot),
    ],
  }),

  'tokens-expiring': ({ tokens }: Email<'tokens-expiring'>, links: EmailLinks): EmailContent => {
    const what = tokens.length === 1 ? 'An access token' : `${tokens.length} access tokens`
    const expires = tokens.length === 1 ? 'expires' : 'expire'
    return {
      subject: `${what} of your ${links.host} account ${expires} soon`,
      heading: `${what} ${expires} soon`,
      blocks: [
        text(
          `Programs that use ${tokens.length === 1 ? 'it' : 'them'} lose access to your ${links.host} account. ` +
            'If you still need one, create a new token and replace the old one.',
        ),
        details(tokens.map(({ name, expiresAt }) => chosenDetail(name, timestampText(expiresAt)))),
        action('Review your access tokens', links.tokens),
      ],
    }
  },
}
