import { commonTerms, keySequences } from './common-terms.ts'

const tooCommonMessage =
  'Too easy to guess: it consists of common passwords, sequences or repetitions.'
const tooCloseMessage =
  'Too easy to guess: it contains your email address or the name of this site.'

/** Fewer characters than this, after removing everything guessable, make a password too easy. */
const minUnguessableLength = 4
/** A password of more distinct common terms is a passphrase, which is hard to guess. */
const maxCommonTerms = 3

/**
 * Returns a message if a password is easy to guess, or `null` (ASVS 5.0 V6.2.4, V6.2.11). Removes common passwords,
 * keyboard sequences, years, repetitions and the context terms, with and without digits substituted, and
 * checks how much is left.
 */
export function commonPasswordProblem(password: string, context: readonly string[]): string | null {
  const contextTerms = context.flatMap(termParts)
  for (const variant of variants(password)) {
    if (consistsOf(variant, commonTerms)) return tooCommonMessage
    if (consistsOf(variant, [...contextTerms, ...commonTerms])) return tooCloseMessage
  }
  return null
}

/** A context term and its parts: `ann.lee@example.com` also yields `ann`, `lee` and `example`. */
function termParts(term: string): readonly string[] {
  const lowerCase = term.toLowerCase()
  const parts = lowerCase.split(/[^\p{L}\p{N}]+/u)
  const joined = parts.join('')
  return [...new Set([lowerCase, joined, ...parts])].filter((part) => part.length >= 3)
}

const substitutions: Readonly<Record<string, string>> = {
  '@': 'a',
  '4': 'a',
  '3': 'e',
  '1': 'i',
  '!': 'i',
  '0': 'o',
  $: 's',
  '5': 's',
  '7': 't',
}

function variants(password: string): readonly string[] {
  const normalized = withoutRepeats(password.toLowerCase())
  return [
    normalized,
    normalized.replace(/[@431!0$57]/g, (character) => substitutions[character] ?? character),
  ]
}

/** Reduces `abcabcabc` to `abc`, which is as easy to guess. Ignores characters outside the BMP, which keyboards lack. */
function withoutRepeats(text: string): string {
  return /^([ -\uffff]{1,64}?)\1+$/u.exec(text)?.[1] ?? text
}

function consistsOf(text: string, terms: readonly string[]): boolean {
  const foundTerms = new Set<string>()
  let rest = text
  for (const term of terms.toSorted((a, b) => b.length - a.length)) {
    if (!rest.includes(term)) continue
    foundTerms.add(term)
    rest = rest.replaceAll(term, ' ')
  }
  if (foundTerms.size > maxCommonTerms) return false
  const remainder = withoutSequences(rest).replace(/[\s!-/:-@[-`{-~]/g, '')
  return remainder.length < minUnguessableLength
}

function withoutSequences(text: string): string {
  const simplified = text.replace(/(19|20)\d\d/g, ' ').replace(/([ -\uffff])\1{2,}/gu, ' ')
  let rest = ''
  for (let index = 0; index < simplified.length; ) {
    const length = sequenceAt(simplified, index)
    if (length === 0) rest += simplified.charAt(index)
    index += Math.max(length, 1)
  }
  return rest
}

/** Length of the keyboard or alphabet sequence at `index`; 0 if shorter than 3. */
function sequenceAt(text: string, index: number): number {
  let length = 3
  const isSequence = (size: number) =>
    index + size <= text.length &&
    keySequences.some((keys) => keys.includes(text.slice(index, index + size)))
  if (!isSequence(length)) return 0
  while (isSequence(length + 1)) length += 1
  return length
}
