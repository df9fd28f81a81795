import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { isLoopbackInBrowsers, isPrivateHost } from '../domain/ip-address.ts'
import { day, hour, type Milliseconds, minute, second } from '../domain/time.ts'

/** Parses a value; `null` if it is invalid. */
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

/** A duration such as `90s`, `30m`, `24h` or `7d`. */
export function duration(min: Milliseconds, max: Milliseconds): Parse<Milliseconds> {
  return (text) => {
    const [, count = '', unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? []
    const value = Number(count) * (units[unit] ?? Number.NaN)
    return value >= min && value <= max ? value : null
  }
}

/** The duration as a value that `duration` accepts, in the largest unit that divides it: 90s, 24h. */
export function formatDuration(milliseconds: Milliseconds): string {
  if (milliseconds > day && milliseconds % day === 0) return `${milliseconds / day}d`
  if (milliseconds % hour === 0) return `${milliseconds / hour}h`
  return milliseconds % minute === 0 ? `${milliseconds / minute}m` : `${milliseconds / second}s`
}

/** A comma-separated list of valid items; spaces around items are ignored. */
export function listOf<Value>(parse: Parse<Value>): Parse<readonly Value[]> {
  return (text) => {
    const items = text.split(',').map((item) => parse(item.trim()))
    return items.every((item) => item !== null) ? items : null
  }
}

/** A host name or IP address to listen on. */
export function host(text: string): string | null {
  return /^[A-Za-z0-9.:_-]{1,253}$/.test(text) ? text : null
}

/** A file path; the file may not exist. */
export function filePath(text: string): string | null {
  return /\p{Cc}/u.test(text) || text.length > 4_096 ? null : text
}

/** A public origin without a path: https, or http on loopback or, if `allowPlainHttp`, on a private IP address. */
export function origin(allowPlainHttp: boolean): Parse<string> {
  return (text) => {
    const url = URL.parse(text)
    if (url === null || url.href !== `${url.origin}/`) return null
    if (url.protocol === 'https:') return url.origin
    const isAllowed =
      isLoopbackInBrowsers(url.hostname) || (allowPlainHttp && isPrivateHost(url.hostname))
    return url.protocol === 'http:' && isAllowed ? url.origin : null
  }
}

/** An IP address or a CIDR range. */
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

/** A bearer token (RFC 6750 section 2.1). */
export function bearerToken(text: string): string | null {
  return /^[A-Za-z0-9._~+/-]{8,512}=*$/.test(text) ? text : null
}

const placeholder = /change.?me|replace|placeholder|example|your.?secret|secret.?key|todo|<|>/i

/** A key of at least 32 bytes that is not a placeholder from an example. */
export function secretKey(text: string): string | null {
  if (Buffer.byteLength(text) < 32 || placeholder.test(text)) return null
  return new Set(text).size < 8 ? null : text
}
