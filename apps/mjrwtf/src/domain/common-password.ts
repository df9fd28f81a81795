import { commonWords, keySequences } from './common-words.ts'

const tooCommon = 'This is too easy to guess: it is made of common passwords, sequences or repeats.'
const tooClose =
  'This is too easy to guess: it is made of your address or the name of this service.'

/** How many characters may be left once all that is guessable is taken away. */
const unguessable = 4
/** A password of more different common words than this is a passphrase, and hard to guess again. */
const fewWords = 3

/**
 * Why a password is among the first that would be guessed, in words, or `null` when it is not
 * (ASVS 5.0 V6.2.4, V6.2.11). Takes away common passwords, sequences on the keyboard, years, repeats
 * and the context's words, with and without digits standing for letters, and looks at what is left.
 */
export function commonPasswordProblem(password: string, context: readonly string[]): string | null {
  const contextWords = context.flatMap(partsOf)
  for (const spelling of spellings(password)) {
    if (isMadeOf(spelling, commonWords)) return tooCommon
    if (isMadeOf(spelling, [...contextWords, ...commonWords])) return tooClose
  }
  return null
}

/** A context word with its parts: `ann.lee@example.com` gives also `ann`, `lee`, `example`. */
function partsOf(word: string): readonly string[] {
  const whole = word.toLowerCase()
  const parts = whole.split(/[^\p{L}\p{N}]+/u)
  const joined = parts.join('')
  return [...new Set([whole, joined, ...parts])].filter((part) => part.length >= 3)
}

const standIns: Readonly<Record<string, string>> = {
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

function spellings(password: string): readonly string[] {
  const plain = withoutRepeats(password.toLowerCase())
  return [plain, plain.replace(/[@431!0$57]/g, (sign) => standIns[sign] ?? sign)]
}

/** `abcabcabc` is no harder to guess than `abc`; what no key types (outside the BMP) is not on guessers' lists. */
function withoutRepeats(text: string): string {
  return /^([ -\uffff]{1,64}?)\1+$/u.exec(text)?.[1] ?? text
}

function isMadeOf(text: string, words: readonly string[]): boolean {
  const found = new Set<string>()
  let rest = text
  for (const word of words.toSorted((a, b) => b.length - a.length)) {
    if (!rest.includes(word)) continue
    found.add(word)
    rest = rest.replaceAll(word, ' ')
  }
  if (found.size > fewWords) return false
  const left = withoutSequences(rest).replace(/[\s!-/:-@[-`{-~]/g, '')
  return left.length < unguessable
}

function withoutSequences(text: string): string {
  const plain = text.replace(/(19|20)\d\d/g, ' ').replace(/([ -\uffff])\1{2,}/gu, ' ')
  let rest = ''
  for (let at = 0; at < plain.length; ) {
    const length = sequenceAt(plain, at)
    if (length === 0) rest += plain.charAt(at)
    at += Math.max(length, 1)
  }
  return rest
}

/** How many characters from here on follow each other on the keyboard or in the alphabet; 0 if under 3. */
function sequenceAt(text: string, at: number): number {
  let length = 3
  const runs = (size: number) =>
    at + size <= text.length &&
    keySequences.some((keys) => keys.includes(text.slice(at, at + size)))
  if (!runs(length)) return 0
  while (runs(length + 1)) length += 1
  return length
}
