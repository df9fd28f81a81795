import { randomBytes } from 'node:crypto'
import { minute } from '../../src/domain/time.ts'
import type { Client, Sessions, SessionsOptions } from '../../src/index.ts'
import { createMemorySessionStore } from '../../src/stores/memory/session-store.ts'
import { type Cart, openSessions, spyOn } from './open-sessions.ts'

/** A well-formed token that nobody has issued. */
export function randomToken(): string {
  return `${randomBytes(16).toString('base64url')}.${randomBytes(32).toString('base64url')}`
}

export function clientWithIp(ipAddress: string | null): Client {
  return { ipAddress, userAgent: null }
}

export const testClient = clientWithIp('192.0.2.7')

/** Sessions over a store whose calls are seen; unless said otherwise for three unknown tokens a minute. */
export function openThrottled(options: Partial<SessionsOptions<Cart>> = {}) {
  const spied = spyOn(options.store ?? createMemorySessionStore())
  const unknownTokens = { limit: 3, window: minute }
  return { ...openSessions({ unknownTokens, ...options, store: spied.store }), calls: spied.calls }
}

/** Presents so many unknown tokens, one after the other, and returns what each was told to be. */
export async function verifyUnknownTokens(
  { verify }: Pick<Sessions<object>, 'verify'>,
  times: number,
  client = testClient,
): Promise<readonly string[]> {
  const statuses: string[] = []
  for (let n = 0; n < times; n += 1) statuses.push((await verify(randomToken(), client)).status)
  return statuses
}
