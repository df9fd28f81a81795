import type { Email } from '../../application/ports/email.ts'
import { type TimeZone, utc } from '../../domain/time-zone.ts'
import {
  createEmailLinks,
  type EmailBlock,
  type EmailContent,
  link,
  text,
} from './email-content.ts'
import { writeTimesIn } from './email-details.ts'
import { emailContent } from './email-templates.ts'
import { renderHtml } from './render-html.tsx'

/** An email ready to be sent. The text and the HTML have the same content and the same links. */
export interface ComposedEmail {
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** `timeZone`: of the recipient, or `null` for the one of the site. */
export type ComposeEmail = (email: Email, timeZone?: TimeZone | null) => ComposedEmail

/** How emails name the site and link to it. */
export interface EmailSite {
  /** Public origin of all links, without a trailing slash. */
  readonly baseUrl: string
  /** Above the heading. Default: mjr.wtf. */
  readonly siteName?: string | undefined
  /** Of recipients who have none. Default: UTC. */
  readonly defaultTimeZone?: TimeZone
}

export function createEmailComposer({
  baseUrl,
  siteName = 'mjr.wtf',
  defaultTimeZone = utc,
}: EmailSite): ComposeEmail {
  const links = createEmailLinks(baseUrl)
  const footer = [
    text(`Sent by ${links.host}. Please do not reply to this email.`),
    link('Website', links.home),
  ]
  return (email, timeZone) => {
    const content = writeTimesIn(timeZone ?? defaultTimeZone, () => emailContent(email, links))
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
