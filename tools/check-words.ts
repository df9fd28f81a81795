import { type Finding, lineAt, readFiles, type TextFile } from './repository.ts'
import { allowedUses, replacedWords } from './words/replaced-words.ts'

/** Uses of replaced words that may remain, each with its reason. */
const maxAllowedUses = 60

/** One use of a word that docs/glossary.md replaces. */
export interface WordUse {
  readonly file: string
  readonly line: number
  readonly word: string
  readonly better: string
  /** The line that contains it, or where it starts. */
  readonly text: string
}

/** Each concept has one name: no source, test or document uses a word that the glossary replaces. */
export function checkWords(): readonly Finding[] {
  const uses = readTexts().flatMap(findReplacedWords)
  const allowed = uses.filter(isAllowed)
  const findings: Finding[] = uses
    .filter((use) => !isAllowed(use))
    .map(({ file, line, word, better }) => ({ file, line, message: `“${word}”: use ${better}` }))
  if (allowed.length <= maxAllowedUses) return findings
  const message = `allows ${allowed.length} uses of replaced words; the limit is ${maxAllowedUses}`
  return [...findings, { file: 'tools/words/replaced-words.ts', message }]
}

/** The glossary and the list itself name the words that they replace. */
function readTexts(): readonly TextFile[] {
  return readFiles(
    '{packages,apps,tools,benchmarks}/**/*.{ts,tsx,js,mjs,css,md}',
    '{packages,apps}/*/*.md',
    'docs/**/*.md',
    '*.{md,ts}',
    '.ci/run',
  ).filter(
    ({ path }) =>
      !/^(?:benchmarks\/results|tools\/words)\//.test(path) &&
      path !== 'docs/glossary.md' &&
      !/^tools\/check(?:-words(?:\.test)?)?\.ts$/.test(path),
  )
}

export function findReplacedWords(file: TextFile): readonly WordUse[] {
  // A word inside an identifier such as `toldSessions` counts: the text is split at its capitals.
  const text = file.text.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '\u200b')
  const lines = file.text.split('\n')
  return replacedWords.flatMap(({ words, better }) =>
    [...text.matchAll(toPattern(words))].map((match) => {
      const line = lineAt(text, match.index)
      const word = match[0].toLowerCase()
      return { file: file.path, line, word, better, text: lines[line - 1] ?? '' }
    }),
  )
}

/** A phrase may continue on the next line of a comment. */
function toPattern(words: string): RegExp {
  const phrases = words.replaceAll(' ', String.raw`\s+(?:(?:\*|//)\s+)?`)
  return new RegExp(`(?<![A-Za-z])(?:${phrases})(?![A-Za-z])`, 'gi')
}

function isAllowed(use: WordUse): boolean {
  return allowedUses.some(({ file, text }) => file.test(use.file) && text.test(use.text))
}
