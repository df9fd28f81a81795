import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { day, hour, type Milliseconds, minute, second } from '../domain/time.ts'

/** Reads one value from its text; `null` when it cannot be used. */
export type Parse<Value> = (text: string) => Value | null

export function integer(min: number, max: number): Parse<number> {
  return (text) => {
    if (!/^\d{1,9}$/.test(text)) return null
    const value = Number(text)
    return value >= min && value <= max ? value : null
  }
}

export function oneOf<Value extends string>(values: readonly Value[]): Parse<Value> {
  return (text) => values.find((value) => value.toLowerCase() === text.toLowerCase()) ?? null
}

const units: Readonly<Record<string, Milliseconds>> = { s: second, m: minute, h: hour, d: day }

/** `90s`, `30m`, `24h`, `7d`, within limits. */
export function duration(min: Milliseconds, max: Milliseconds): Parse<Milliseconds> {
  return (text) => {
    const [, count = '', unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
    const value = Number(count) * (units[unit] ?? Number.NaN)
    return value >= min && value <= max ? value : null
  }
}

/** A comma-separated list whose every item can be read; blanks around items do not count. */
export function listOf<Value>(parse: Parse<Value>): Parse<readonly Value[]> {
  return (text) => {
    const items = text.split(',').map((item) => parse(item.trim()))
    return items.every((item) => item !== null) ? items : null
  }
}

/** A name or address to listen on. */
export function host(text: string): string | null {
  return /^[A-Za-z0-9.:_-]{1,253}$/.test(text) ? text : null
}

/** A path of a file, of which nothing is known yet. */
export function filePath(text: string): string | null {
  return /\p{Cc}/u.test(text) || text.length > 4_096 ? null : text
}

/** A public origin: https, or http on loopback, and nothing after the host. */
export function origin(text: string): string | null {
  if (!URL.canParse(text)) return null
  const url = new URL(text)
  if (url.href !== `${url.origin}/`) return null
  if (url.protocol === 'https:') return url.origin
  return url.protocol === 'http:' && isLoopback(url.hostname) ? url.origin : null
}

export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || /^127(\.\d+){3}$/.test(hostname) || hostname === '[::1]'
}

/** An address or a CIDR range. */
export function ipRange(text: string): string | null {
  const [ipAddress = '', prefixLength, ...rest] = text.split('/')
  const family = isIPv4(ipAddress) ? 'ipv4' : 'ipv6'
  if (family === 'ipv6' && !isIPv6(ipAddress)) return null
  if (prefixLength === undefined) return text
  if (!/^\d{1,3}$/.test(prefixLength) || rest.length > 0) return null
  try {
    new BlockList().addSubnet(ipAddress, Number(prefixLength), family)
    return text
  } catch {
    return null
  }
}

/** What a bearer token may consist of (RFC 6750 section 2.1). */
export function bearerToken(text: string): string | null {
  return /^[A-Za-z0-9._~+/-]{8,512}=*$/.test(text) ? text : null
}

const placeholder = /change.?me|replace|placeholder|example|your.?secret|secret.?key|todo|<|>/i

/** A key of at least 32 bytes that somebody made, rather than copied from a sample. */
export function secretKey(text: string): string | null {
  if (Buffer.byteLength(text) < 32 || placeholder.test(text)) return null
  return new Set(text).size < 8 ? null : text
}
