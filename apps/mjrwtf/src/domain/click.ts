import type { LinkId } from './link.ts'
import type { Instant } from './time.ts'

/**
 * A followed link, or several that were counted together. Contains neither IP address nor user agent, so it cannot
 * identify a visitor.
 */
export interface Click {
  /** Unique, so that a batch can be written again after a lost response without being counted twice. */
  readonly id: string
  readonly linkId: LinkId
  /** Of clicks that were counted together: the instant of the first. */
  readonly at: Instant
  /** Host of the page with the link; `null` for direct visits. */
  readonly referrerHost: string | null
  /** ISO 3166 code; `null` if unknown. */
  readonly country: string | null
  /** Browser family; `null` if unknown. */
  readonly agent: string | null
  /** At least 1. */
  readonly count: number
}

/** The host of a Referer header, or `null`. A client controls the header; a parsed host has a safe alphabet. */
export function referrerHost(referrer: string | null): string | null {
  if (referrer === null || !URL.canParse(referrer)) return null
  const url = new URL(referrer)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null
  return url.hostname === '' || url.hostname.length > 253 ? null : url.hostname
}

// The order matters: Edge also names Chrome, and Chrome also names Safari.
const agentFamilies: readonly (readonly [string, RegExp])[] = [
  ['Edge', /\bEdg(e|A|iOS)?\//],
  ['Opera', /\b(OPR|Opera)\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Firefox', /\b(Firefox|FxiOS)\//],
  ['Chrome', /\b(Chrome|CriOS)\//],
  ['Safari', /\bVersion\/[\d.]+.*\bSafari\//],
]

/** The browser family of a User-Agent header, or `null`. */
export function agentFamily(userAgent: string | null): string | null {
  const text = (userAgent ?? '').slice(0, 300)
  return agentFamilies.find(([, pattern]) => pattern.test(text))?.[0] ?? null
}
