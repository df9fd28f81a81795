import type { LinkId } from './link.ts'
import type { Instant } from './time.ts'

/** One followed link. Keeps neither address nor user agent: nothing that tells one visitor from another. */
export interface Click {
  /** Unique, so that a batch whose answer was lost can be written again without counting twice. */
  readonly id: string
  readonly linkId: LinkId
  readonly at: Instant
  /** Host of the page that held the link, or `null` for visitors who came directly. */
  readonly referrerHost: string | null
  /** ISO 3166 code, or `null` where it is not known. */
  readonly country: string | null
  /** Browser family, or `null` where it is not known. */
  readonly agent: string | null
}

/** The host of a Referer header, or `null`. The header is attacker text; a host has a closed alphabet. */
export function referrerHost(referrer: string | null): string | null {
  if (referrer === null || !URL.canParse(referrer)) return null
  const url = new URL(referrer)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null
  return url.hostname === '' || url.hostname.length > 253 ? null : url.hostname
}

// In this order: Edge also calls itself Chrome, and Chrome also calls itself Safari.
const agentFamilies: readonly (readonly [string, RegExp])[] = [
  ['Edge', /\bEdg(e|A|iOS)?\//],
  ['Opera', /\b(OPR|Opera)\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Firefox', /\b(Firefox|FxiOS)\//],
  ['Chrome', /\b(Chrome|CriOS)\//],
  ['Safari', /\bVersion\/[\d.]+.*\bSafari\//],
]

/** The browser family that a User-Agent header names, or `null`. */
export function agentFamily(userAgent: string | null): string | null {
  const text = (userAgent ?? '').slice(0, 300)
  return agentFamilies.find(([, pattern]) => pattern.test(text))?.[0] ?? null
}
