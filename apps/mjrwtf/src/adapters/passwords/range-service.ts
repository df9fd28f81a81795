import { createHash } from 'node:crypto'
import type { BreachedPasswords } from '../../application/ports/passwords.ts'
import { createSemaphore } from './semaphore.ts'

/** Why a look-up told nothing. */
export type RangeFailure = 'unreachable' | 'timeout' | 'busy' | 'error-status' | 'invalid-response'

export interface RangeServiceOptions {
  /** Told of each look-up that failed, of the password nothing. */
  readonly onFailure: (reason: RangeFailure) => void
  /** How long a look-up may take in all, in ms. Default: 1 500. */
  readonly timeout?: number
}

/** A padded answer of the public service has some 50 kB. */
const maxResponseBytes = 1_048_576
const concurrency = 20

/**
 * Asks a range service, such as that of Have I Been Pwned, by k-anonymity: it is given the first five
 * hexadecimal digits of the password's SHA-1, shared by thousands of passwords, and answers with the rest of
 * every hash that it knows under them. Asks for padding, so that the length of the answer does not
 * tell which it was. Nothing but `url` is ever asked (ASVS 5.0 V13.2.4); whatever goes wrong there, no password
 * is known, and `onFailure` is told.
 */
export function createRangeService(
  url: string,
  { onFailure, timeout = 1_500 }: RangeServiceOptions,
): BreachedPasswords {
  // Nobody waits here: what does not fit is not worth the delay.
  const semaphore = createSemaphore({ concurrency, maxQueued: 0 })

  async function query(prefix: string): Promise<RangeResult> {
    const signal = AbortSignal.timeout(timeout)
    const pending = semaphore.run(() => request(new URL(prefix, url), signal))
    if (pending === null) return { failure: 'busy' }
    try {
      return await pending
    } catch {
      return { failure: signal.aborted ? 'timeout' : 'unreachable' }
    }
  }

  return {
    async includes(password) {
      const hash = createHash('sha1').update(password).digest('hex').toUpperCase()
      const result = await query(hash.slice(0, 5))
      if ('failure' in result) onFailure(result.failure)
      return 'matches' in result && result.matches.has(hash.slice(5))
    },
  }
}

type RangeResult = { readonly matches: ReadonlySet<string> } | { readonly failure: RangeFailure }

async function request(url: URL, signal: AbortSignal): Promise<RangeResult> {
  const headers = { 'Add-Padding': 'true', Accept: 'text/plain', 'User-Agent': 'mjr.wtf' }
  const response = await fetch(url, { headers, signal, redirect: 'manual' })
  if (response.status !== 200) {
    await response.body?.cancel()
    return { failure: 'error-status' }
  }
  const text = await readLimited(maxResponseBytes, response)
  const matches = text === null ? null : suffixesIn(text)
  return matches === null ? { failure: 'invalid-response' } : { matches }
}

/** `null` when there is more: whatever that is, it is no list of hashes. */
async function readLimited(maxBytes: number, response: Response): Promise<string | null> {
  const decoder = new TextDecoder()
  let [text, byteCount] = ['', 0]
  for await (const chunk of response.body ?? []) {
    byteCount += chunk.byteLength
    // To leave the loop is to hang up.
    if (byteCount > maxBytes) return null
    text += decoder.decode(chunk, { stream: true })
  }
  return text
}

/** `null` when any line is something else. A count of 0 is padding, and no password. */
function suffixesIn(text: string): ReadonlySet<string> | null {
  const suffixes = new Set<string>()
  for (const line of text.split(/\r?\n/).filter((each) => each !== '')) {
    const [, suffix = '', count = ''] = /^([0-9A-Fa-f]{35}):(\d{1,15})$/.exec(line) ?? []
    if (suffix === '') return null
    if (Number(count) > 0) suffixes.add(suffix.toUpperCase())
  }
  return suffixes
}
