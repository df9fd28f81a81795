import type { Email } from '../../application/ports/email.ts'
import {
  createEmailLinks,
  type EmailBlock,
  type EmailContent,
  link,
  text,
} from './email-content.ts'
import { emailContent } from './email-templates.ts'
import { renderHtml } from './render-html.tsx'

/** An email ready to be sent. The text and the HTML have the same content and the same links. */
export interface ComposedEmail {
  readonly subject: string
  readonly text: string
  readonly html: string
}

export type ComposeEmail = (email: Email) => ComposedEmail

/** How emails name the site and link to it. */
export interface EmailSite {
  /** Public origin of all links, without a trailing slash. */
  readonly baseUrl: string
  /** Above the heading. Default: mjr.wtf. */
  readonly siteName?: string | undefined
}

export function createEmailComposer({ baseUrl, siteName = 'mjr.wtf' }: EmailSite): ComposeEmail {
  const links = createEmailLinks(baseUrl)
  const footer = [
    text(`Sent by ${links.host}. Please do not reply to this email.`),
    link('Website', links.home),
  ]
  return (email) => {
    const content = emailContent(email, links)
    return {
      subject: content.subject,
      text: renderText(content, footer),
      html: renderHtml(content, { siteName, footer }),
    }
  }
}

function renderText({ heading, blocks }: EmailContent, footer: readonly EmailBlock[]): string {
  const paragraphs = [heading, ...blocks.map(blockText), '--', ...footer.map(blockText)]
  return `${paragraphs.join('\n\n')}\n`
}

function blockText(block: EmailBlock): string {
  switch (block.kind) {
    case 'text':
      return block.text
    case 'details':
      return block.details.map(([name, value]) => `${name}: ${value}`).join('\n')
    case 'action':
    case 'link':
      // On its own line, so that mail programs do not break the URL.
      return `${block.label}:\n${block.url}`
  }
}
