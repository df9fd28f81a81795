import { hour, type Milliseconds, minute, second } from '../domain/time.ts'
import { requireInteger } from './option-values.ts'

/**
 * How many tokens that the store does not know one address may present, before it keeps the store
 * busy no more.
 *
 * Counted are well-formed tokens that named no session, or not with its secret, over a window that
 * begins with the first of them. Once there are `limit` of them, further tokens from that address
 * that memory cannot answer are told to be `throttled` until the window is over: nothing is read
 * for them, and the cookie is kept. A session that the `cache` knows goes on, also where the store is
 * asked for it. Whoever shares the address and was refused is served again when the window is over, at the latest.
 *
 * Never counted: requests without a token, malformed ones, and sessions of ours that have ended or
 * expired. An IPv4 address counts by itself, an IPv6 one with its /64, which is what one customer is
 * given. A client whose address is not known is neither counted nor refused: all such clients would
 * share one count, and any of them could keep out the others.
 *
 * The bound: of one address at most `limit` unknown tokens are settled by the store in a window,
 * however many come at once. Requests beyond `limit` that are under way from one address wait for
 * their turn. Kept in memory, of the last 10 000 addresses, for each process by itself.
 */
export interface UnknownTokenOptions {
  /** 1 to 100 000. Default 100. */
  readonly limit?: number
  /** In ms, one second to one hour. Default one minute. */
  readonly window?: Milliseconds
}

export type ResolvedUnknownTokenOptions = Required<UnknownTokenOptions>

/** Throws `invalid-option`, naming the option. */
export function resolveUnknownTokenOptions(
  options: UnknownTokenOptions | 'unlimited',
): ResolvedUnknownTokenOptions | null {
  if (options === 'unlimited') return null
  return {
    limit: requireInteger('unknownTokens.limit', options.limit ?? 100, [1, 100_000]),
    window: requireInteger('unknownTokens.window', options.window ?? minute, [second, hour]),
  }
}
