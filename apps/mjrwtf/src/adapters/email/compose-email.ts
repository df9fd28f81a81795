import type { Email } from '../../application/ports/send-mail.ts'
import type { EmailBlock } from './email-content.ts'
import { createEmailLinks } from './email-links.ts'
import { emailContent } from './email-templates.ts'
import { renderHtml } from './render-html.tsx'
import { renderText } from './render-text.ts'

/** A letter as it is mailed: the text and the HTML say the same and lead to the same places. */
export interface ComposedEmail {
  readonly subject: string
  readonly text: string
  readonly html: string
}

export type ComposeEmail = (email: Email) => ComposedEmail

/** `baseUrl`: the public origin without a trailing slash. All links lead there. */
export function createEmailComposer(baseUrl: string): ComposeEmail {
  const links = createEmailLinks(baseUrl)
  const footer: EmailBlock = {
    kind: 'link',
    label: `Sent by ${links.host}, where somebody entered this address. Nobody reads answers to it`,
    url: links.home,
  }
  return (email) => {
    const content = emailContent(email, links)
    return {
      subject: content.subject,
      text: renderText(content, footer),
      html: renderHtml(content, footer),
    }
  }
}
