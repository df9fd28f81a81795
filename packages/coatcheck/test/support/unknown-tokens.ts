import { randomBytes } from 'node:crypto'
import { minute } from '../../src/domain/time.ts'
import type { Client, Sessions, SessionsOptions } from '../../src/index.ts'
import { createMemorySessionStore } from '../../src/stores/memory/session-store.ts'
import { type Cart, openSessions, spyOn } from './open-sessions.ts'

/** Returns a random well-formed token that was never issued. */
export function randomToken(): string {
  return `${randomBytes(16).toString('base64url')}.${randomBytes(32).toString('base64url')}`
}

export function clientWithIp(ipAddress: string | null): Client {
  return { ipAddress, userAgent: null }
}

export const testClient = clientWithIp('192.0.2.7')

/** Opens sessions with recorded store calls. Default limit: three unknown tokens a minute. */
export function openThrottled(options: Partial<SessionsOptions<Cart>> = {}) {
  const spied = spyOn(options.store ?? createMemorySessionStore())
  const unknownTokens = { limit: 3, window: minute }
  return { ...openSessions({ unknownTokens, ...options, store: spied.store }), calls: spied.calls }
}

/** Verifies unknown tokens one after another and returns their statuses. */
export async function verifyUnknownTokens(
  { verify }: Pick<Sessions<object>, 'verify'>,
  times: number,
  client = testClient,
): Promise<readonly string[]> {
  const statuses: string[] = []
  for (let n = 0; n < times; n += 1) statuses.push((await verify(randomToken(), client)).status)
  return statuses
}
