import { createHash } from 'node:crypto'
import type { BreachedPasswords } from '../../application/ports/passwords.ts'
import { createSemaphore } from '../../application/shared/semaphore.ts'

/** Why a lookup failed. */
export type RangeFailure = 'unreachable' | 'timeout' | 'busy' | 'error-status' | 'invalid-response'

export interface RangeServiceOptions {
  /** Called for each failed lookup, without any information about the password. */
  readonly onFailure: (reason: RangeFailure) => void
  /** Total time of a lookup in ms. Default: 1500. */
  readonly timeout?: number
}

/** A padded response of the public service has about 50 kB. */
const maxResponseBytes = 1_048_576
const concurrency = 20

/**
 * Queries a range service, such as that of Have I Been Pwned, with k-anonymity: it receives the first five hexadecimal
 * digits of the password's SHA-1, which thousands of passwords share, and returns the rest of every hash it knows with
 * that prefix. Padding hides the prefix from the length of the response. Requests go to `url` only (ASVS 5.0 V13.2.4).
 * If the lookup fails, the password counts as not breached and `onFailure` is called.
 */
export function createRangeService(
  url: string,
  { onFailure, timeout = 1_500 }: RangeServiceOptions,
): BreachedPasswords {
  // No queue: skipping the check is better than delaying the request.
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

/** `null` if the response is larger than any list of hashes. */
async function readLimited(maxBytes: number, response: Response): Promise<string | null> {
  const decoder = new TextDecoder()
  let [text, byteCount] = ['', 0]
  for await (const chunk of response.body ?? []) {
    byteCount += chunk.byteLength
    // Leaving the loop cancels the response.
    if (byteCount > maxBytes) return null
    text += decoder.decode(chunk, { stream: true })
  }
  return text
}

/** `null` if any line is malformed. A count of 0 is padding. */
function suffixesIn(text: string): ReadonlySet<string> | null {
  const suffixes = new Set<string>()
  for (const line of text.split(/\r?\n/).filter((each) => each !== '')) {
    const [, suffix = '', count = ''] = /^([0-9A-Fa-f]{35}):(\d{1,15})$/.exec(line) ?? []
    if (suffix === '') return null
    if (Number(count) > 0) suffixes.add(suffix.toUpperCase())
  }
  return suffixes
}
