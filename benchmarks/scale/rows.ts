import { hash } from 'node:crypto'
import type { Client, Instant } from 'coatcheck'

/**
 * The content of the tables' rows. Each row is a function of its number, so that the token of any of
 * ten million sessions is known without a list; `postgres/fill-statement.ts` has the same formulas in SQL.
 */

const day = 24 * 60 * 60 * 1_000

/** Sessions of one user. */
export const sessionsPerUser = 10

/** Timeouts of the rows, in milliseconds: those of a remembered session. */
export const absoluteTimeout = 30 * day
export const idleTimeout = 14 * day

export const sessionData = '{"v":1,"data":{"theme":"dark","locale":"en-GB"},"flashes":[]}'

export const userAgents = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/153.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15',
  'Mozilla/5.0 (X11; Linux x86_64; rv:155.0) Gecko/20100101 Firefox/155.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1',
]

/** The token of row `n`, in the form the library issues. */
export function tokenOf(n: number): string {
  return `${idOf(n)}.${secretOf(n)}`
}

export function idOf(n: number): string {
  return sixteenBytes(`id:${n}`)
}

function secretOf(n: number): string {
  return hash('sha256', `secret:${n}`, 'base64url')
}

export function secretHashOf(n: number): Buffer {
  return hash('sha256', secretOf(n), 'buffer')
}

export function csrfSecretOf(n: number): Buffer {
  return hash('sha256', `csrf:${n}`, 'buffer')
}

export function userIdOf(user: number): string {
  return sixteenBytes(`user:${user}`)
}

function sixteenBytes(text: string): string {
  return hash('sha256', text, 'buffer').subarray(0, 16).toString('base64url')
}

/** IP addresses of 198.18.0.0/15, which is reserved for benchmarks (RFC 2544). */
export function clientOf(n: number): Client {
  return {
    ipAddress: `198.18.${Math.floor(n / 250) % 250}.${n % 250}`,
    userAgent: userAgents[n % userAgents.length] ?? null,
  }
}

/** Rows that are added together. Generations share no users, so that a table can grow. */
export interface Generation {
  readonly from: number
  readonly to: number
}

const firstGeneration = 10_000

/** The generation of row `n`: up to 10,000, then up to ten times as many each. */
export function generationOf(n: number): Generation {
  let to = firstGeneration
  while (n >= to) to *= 10
  return { from: to === firstGeneration ? 0 : to / 10, to }
}

/** The user of row `n`. A user's rows are far apart, like sign-ins over weeks. */
export function userOf(n: number): number {
  const { from, to } = generationOf(n)
  return from / sessionsPerUser + ((n - from) % ((to - from) / sessionsPerUser))
}

/** One row in ten has been idle for days; the sweep three days from now ends only these. */
export function isDue(n: number): boolean {
  return n % 10 === 7
}

/** Instants of row `n`, relative to `now`. */
export function instantsOf(
  n: number,
  now: Instant,
): { createdAt: Instant; lastActivityAt: Instant } {
  const createdAt = now - (isDue(n) ? 13 : 6) * day - (n % 50_000) * 1_000
  return { createdAt, lastActivityAt: createdAt + 12 * 60 * 60 * 1_000 }
}

/** When the sweep takes place, from `now`. */
export const sweepDelay = 3 * day
