import type { Letter } from '../../application/ports/send-mail.ts'
import type { LetterPart } from './letter-content.ts'
import { htmlOf } from './letter-html.tsx'
import { createLetterLinks } from './letter-links.ts'
import { textOf } from './letter-text.ts'
import { wordLetter } from './word-letter.ts'

/** A letter as it is mailed: the text and the HTML say the same and lead to the same places. */
export interface ComposedLetter {
  readonly subject: string
  readonly text: string
  readonly html: string
}

export type ComposeLetter = (letter: Letter) => ComposedLetter

/** `baseUrl`: the public origin without a trailing slash. All links lead there. */
export function createLetterComposer(baseUrl: string): ComposeLetter {
  const links = createLetterLinks(baseUrl)
  const footer: LetterPart = {
    kind: 'link',
    label: `Sent by ${links.site}, where somebody entered this address. Nobody reads answers to it`,
    url: links.home,
  }
  return (letter) => {
    const content = wordLetter(letter, links)
    return {
      subject: content.subject,
      text: textOf(content, footer),
      html: htmlOf(content, footer),
    }
  }
}
