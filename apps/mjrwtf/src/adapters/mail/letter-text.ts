import type { LetterContent, LetterPart } from './letter-content.ts'

/** The letter as plain text: the whole of it, for programs and people that want no HTML. */
export function textOf({ heading, parts }: LetterContent, footer: LetterPart): string {
  const blocks = [heading, ...parts.map(block), `--\n${block(footer)}`]
  return `${blocks.join('\n\n')}\n`
}

function block(part: LetterPart): string {
  switch (part.kind) {
    case 'text':
      return part.text
    case 'facts':
      return part.facts.map(([name, value]) => `${name}: ${value}`).join('\n')
    case 'action':
    case 'link':
      // On a line of its own an address survives every program that breaks lines.
      return `${part.label}:\n${part.url}`
  }
}
