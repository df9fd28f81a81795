import type { Detail } from './email-details.ts'

/** What a letter says, before it is a text or a page. Every part is in both. */
export interface EmailContent {
  /** Says what it is about to whoever reads nothing else. Holds no address and no secret. */
  readonly subject: string
  readonly heading: string
  readonly blocks: readonly EmailBlock[]
}

export type EmailBlock =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'details'; readonly details: readonly Detail[] }
  /** What the letter is for: shown as a button, and in full for who cannot press it. */
  | { readonly kind: 'action'; readonly label: string; readonly url: string }
  | { readonly kind: 'link'; readonly label: string; readonly url: string }

export function text(content: string): EmailBlock {
  return { kind: 'text', text: content }
}

export function details(rows: readonly Detail[]): EmailBlock {
  return { kind: 'details', details: rows }
}

export function action(label: string, url: string): EmailBlock {
  return { kind: 'action', label, url }
}

export function link(label: string, url: string): EmailBlock {
  return { kind: 'link', label, url }
}
