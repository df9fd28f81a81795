import type { TakeDownReason } from './take-down.ts'
import type { Instant } from './time.ts'

/** A domain that no link may lead to, nor to one below it. */
export interface BlockedDomain {
  /** In lower case and Punycode, without a final dot: as the URL parser returns a host. */
  readonly domain: string
  readonly reason: TakeDownReason
  readonly blockedAt: Instant
}

/** Domains that administrators can block on the page. More belong into a file. */
export const maxBlockedDomains = 10_000

/** Lines of a blocklist file. */
export const maxBlocklistLines = 500_000

const plainDomain = /^(?!.*\.\.)[a-z0-9_-][a-z0-9._-]*[a-z0-9]$/

/**
 * Reads a domain, also as a part of a URL, with a wildcard or in Unicode: `null` for what is none. An IP address counts as
 * one. A name without a dot, such as `com`, would block too much, and is refused.
 */
export function parseBlockedDomain(text: string): string | null {
  const trimmed = text.trim().replace(/^\*\./, '')
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`)
  const host = url === null ? '' : (ipv4Of(url.hostname) ?? withoutFinalDot(url.hostname))
  return host.length <= 253 && (host.includes('.') || host.startsWith('[')) ? host : null
}

/** The blocked domain that the host is, or is below of; `null` if there is none. An IP address is below nothing. */
export function findBlockedDomain(
  hostname: string,
  isBlocked: (domain: string) => boolean,
): string | null {
  const host = ipv4Of(hostname) ?? withoutFinalDot(hostname)
  if (isBlocked(host)) return host
  if (/^(\[|[\d.]+$)/.test(host)) return null
  for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
    const parent = host.slice(dot + 1)
    if (isBlocked(parent)) return parent
  }
  return null
}

/**
 * Reads a line of a blocklist file: a domain, also behind an IP address as in a hosts file, and a comment after `#`.
 * `null` for an empty line, `invalid` for what is no domain.
 */
export function parseBlocklistLine(line: string): string | 'invalid' | null {
  const [content = ''] = line.split('#', 1)
  const parts = content.trim().split(/\s+/)
  const text = (parts.length === 2 ? parts[1] : parts[0])?.toLowerCase() ?? ''
  if (text === '') return null
  if (parts.length > 2) return 'invalid'
  // Most lines, without the URL parser.
  if (plainDomain.test(text) && text.includes('.') && !/^[\d.]+$/.test(text)) return text
  return parseBlockedDomain(text) ?? 'invalid'
}

/** The IPv4 address to which an IPv4-mapped one leads (RFC 4291 section 2.5.5.2); `null` for other hosts. */
function ipv4Of(host: string): string | null {
  const parts = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(host)?.slice(1)
  if (parts === undefined) return null
  const numbers = parts.map((part) => Number.parseInt(part, 16))
  return numbers.map((number) => `${number >> 8}.${number & 255}`).join('.')
}

function withoutFinalDot(host: string): string {
  return host.replace(/\.$/, '')
}
