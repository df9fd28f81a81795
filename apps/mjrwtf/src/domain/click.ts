import type { LinkId } from './link.ts'
import type { Location } from './location.ts'
import type { Instant } from './time.ts'

/** Where a click comes from, as far as it is known and stored. */
export interface ClickSource {
  /** Host of the page with the link; `null` for direct visits. */
  readonly referrerHost: string | null
  /** ISO 3166 code; `null` if unknown. */
  readonly country: string | null
  /** Browser family, or the name of a bot; `null` if unknown. */
  readonly agent: string | null
  /** City and country, as `cityText` returns it; `null` if unknown. */
  readonly city: string | null
  /** Operating system; `null` if unknown. */
  readonly system: string | null
  /** Kind of device; `null` if unknown. */
  readonly device: string | null
}

/**
 * A followed link, or several that were counted together. Contains neither IP address nor user agent, so it cannot
 * identify a visitor.
 */
export interface Click extends ClickSource {
  /** Unique, so that a batch can be written again after a lost response without being counted twice. */
  readonly id: string
  readonly linkId: LinkId
  /** Of clicks that were counted together: the instant of the first. */
  readonly at: Instant
  /** Whether a program followed the link on its own. Such clicks are in no count but that of bots. */
  readonly isBot: boolean
  /** At least 1. */
  readonly count: number
}

export const unknownSource = {
  referrerHost: null,
  country: null,
  agent: null,
  city: null,
  system: null,
  device: null,
  isBot: false,
} as const satisfies ClickSource & Pick<Click, 'isBot'>

/** The host of a Referer header, or `null`. A client controls the header; a parsed host has a safe alphabet. */
export function referrerHost(referrer: string | null): string | null {
  if (referrer === null || !URL.canParse(referrer)) return null
  const url = new URL(referrer)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null
  return url.hostname === '' || url.hostname.length > 253 ? null : url.hostname
}

/** `Lyon, FR`: cities of the same name in two countries are two cities. `null` if the city is unknown. */
export function cityText(location: Pick<Location, 'city' | 'country'> | null): string | null {
  if (location === null || location.city === null) return null
  return location.country === null ? location.city : `${location.city}, ${location.country}`
}

/** The inverse of `cityText`. */
export function parseCityText(text: string): {
  readonly city: string
  readonly country: string | null
} {
  const match = /^(.+), ([A-Z]{2})$/.exec(text)
  return { city: match?.[1] ?? text, country: match?.[2] ?? null }
}

type Families = readonly (readonly [string, RegExp])[]

// The order matters: Edge also names Chrome, and Chrome also names Safari.
const agentFamilies: Families = [
  ['Edge', /\bEdg(e|A|iOS)?\//],
  ['Opera', /\b(OPR|Opera)\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Firefox', /\b(Firefox|FxiOS)\//],
  ['Chrome', /\b(Chrome|CriOS)\//],
  ['Safari', /\bVersion\/[\d.]+.*\bSafari\//],
]

// iOS also names Mac OS X, and Android also names Linux.
const systemFamilies: Families = [
  ['iOS', /\b(iPhone|iPad|iPod)\b/],
  ['Android', /\bAndroid\b/],
  ['Windows', /\bWindows\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['macOS', /\bMac(intosh| OS X)\b/],
  ['Linux', /\b(Linux|X11)\b/],
]

// A tablet with Android does not name "Mobile".
const deviceKinds: Families = [
  ['TV', /\b(SmartTV|SMART-TV|AppleTV|GoogleTV|HbbTV|BRAVIA|Tizen.*TV|Web0S)/i],
  ['Tablet', /\biPad\b|\bTablet\b|\bAndroid\b(?!.*\bMobile\b)/],
  ['Phone', /\b(iPhone|iPod|Mobile|Windows Phone)\b/],
  ['Desktop', /\b(Windows NT|Macintosh|X11|CrOS|Linux)\b/],
]

/** The browser family of a User-Agent header, or `null`. */
export function agentFamily(userAgent: string | null): string | null {
  return findFamily(agentFamilies, userAgent)
}

/**
 * The operating system that a User-Agent header names, or `null`. The client chooses the header: an iPad says that it is
 * a Mac unless the site is set to its mobile version.
 */
export function systemFamily(userAgent: string | null): string | null {
  return findFamily(systemFamilies, userAgent)
}

/** `Phone`, `Tablet`, `Desktop` or `TV` by a User-Agent header, or `null`. */
export function deviceKind(userAgent: string | null): string | null {
  return findFamily(deviceKinds, userAgent)
}

function findFamily(families: Families, userAgent: string | null): string | null {
  const text = (userAgent ?? '').slice(0, 300)
  return families.find(([, pattern]) => pattern.test(text))?.[0] ?? null
}
