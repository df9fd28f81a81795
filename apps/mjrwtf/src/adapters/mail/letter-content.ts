import type { Fact } from './letter-facts.ts'

/** What a letter says, before it is a text or a page. Every part is in both. */
export interface LetterContent {
  /** Says what it is about to whoever reads nothing else. Holds no address and no secret. */
  readonly subject: string
  readonly heading: string
  readonly parts: readonly LetterPart[]
}

export type LetterPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'facts'; readonly facts: readonly Fact[] }
  /** What the letter is for: shown as a button, and in full for who cannot press it. */
  | { readonly kind: 'action'; readonly label: string; readonly url: string }
  | { readonly kind: 'link'; readonly label: string; readonly url: string }

export function text(words: string): LetterPart {
  return { kind: 'text', text: words }
}

export function facts(rows: readonly Fact[]): LetterPart {
  return { kind: 'facts', facts: rows }
}

export function action(label: string, url: string): LetterPart {
  return { kind: 'action', label, url }
}

export function link(label: string, url: string): LetterPart {
  return { kind: 'link', label, url }
}
