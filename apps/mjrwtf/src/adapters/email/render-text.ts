import type { EmailBlock, EmailContent } from './email-content.ts'

/** The letter as plain text: the whole of it, for programs and people that want no HTML. */
export function renderText({ heading, blocks }: EmailContent, footer: EmailBlock): string {
  const paragraphs = [heading, ...blocks.map(renderBlock), `--\n${renderBlock(footer)}`]
  return `${paragraphs.join('\n\n')}\n`
}

function renderBlock(block: EmailBlock): string {
  switch (block.kind) {
    case 'text':
      return block.text
    case 'details':
      return block.details.map(([name, value]) => `${name}: ${value}`).join('\n')
    case 'action':
    case 'link':
      // On a line of its own an address survives every program that breaks lines.
      return `${block.label}:\n${block.url}`
  }
}
