import { createHash } from 'node:crypto'
import type { BreachedPasswords } from '../../application/ports/breached-passwords.ts'
import { createSlots } from './slots.ts'

/** Why a look-up told nothing. */
export type RangeFailure = 'unreachable' | 'too-slow' | 'too-many' | 'refused' | 'unreadable'

export interface RangeServiceOptions {
  /** Told of each look-up that failed, of the password nothing. */
  readonly onFailure: (reason: RangeFailure) => void
  /** How long a look-up may take in all, in ms. Default: 1 500. */
  readonly patience?: number
}

/** A padded answer of the public service has some 50 kB. */
const longestAnswer = 1_048_576
const atOnce = 20

/**
 * Asks a range service, such as that of Have I Been Pwned, by k-anonymity: it is given the first five
 * hexadecimal digits of the password's SHA-1, shared by thousands of passwords, and answers with the rest of
 * every hash that it knows under them. Asks for padding, so that the length of the answer does not
 * tell which it was. Nothing but `url` is ever asked (ASVS 5.0 V13.2.4); whatever goes wrong there, no password
 * is known, and `onFailure` is told.
 */
export function createRangeService(
  url: string,
  { onFailure, patience = 1_500 }: RangeServiceOptions,
): BreachedPasswords {
  // Nobody waits here: what does not fit is not worth the delay.
  const slots = createSlots({ atOnce, waiting: 0 })

  async function lookUp(prefix: string): Promise<Answer> {
    const signal = AbortSignal.timeout(patience)
    const asked = slots.run(() => ask(new URL(prefix, url), signal))
    if (asked === null) return { failure: 'too-many' }
    try {
      return await asked
    } catch {
      return { failure: signal.aborted ? 'too-slow' : 'unreachable' }
    }
  }

  return {
    async has(password) {
      const hash = createHash('sha1').update(password).digest('hex').toUpperCase()
      const answer = await lookUp(hash.slice(0, 5))
      if ('failure' in answer) onFailure(answer.failure)
      return 'known' in answer && answer.known.has(hash.slice(5))
    },
  }
}

type Answer = { readonly known: ReadonlySet<string> } | { readonly failure: RangeFailure }

async function ask(url: URL, signal: AbortSignal): Promise<Answer> {
  const headers = { 'Add-Padding': 'true', Accept: 'text/plain', 'User-Agent': 'mjr.wtf' }
  const response = await fetch(url, { headers, signal, redirect: 'manual' })
  if (response.status !== 200) {
    await response.body?.cancel()
    return { failure: 'refused' }
  }
  const text = await readUpTo(longestAnswer, response)
  const known = text === null ? null : suffixesIn(text)
  return known === null ? { failure: 'unreadable' } : { known }
}

/** `null` when there is more: whatever that is, it is no list of hashes. */
async function readUpTo(most: number, response: Response): Promise<string | null> {
  const decoder = new TextDecoder()
  let [text, read] = ['', 0]
  for await (const chunk of response.body ?? []) {
    read += chunk.byteLength
    // To leave the loop is to hang up.
    if (read > most) return null
    text += decoder.decode(chunk, { stream: true })
  }
  return text
}

/** `null` when any line is something else. A count of 0 is padding, and no password. */
function suffixesIn(text: string): ReadonlySet<string> | null {
  const known = new Set<string>()
  for (const line of text.split(/\r?\n/).filter((each) => each !== '')) {
    const [, suffix = '', count = ''] = /^([0-9A-Fa-f]{35}):(\d{1,15})$/.exec(line) ?? []
    if (suffix === '') return null
    if (Number(count) > 0) known.add(suffix.toUpperCase())
  }
  return known
}
