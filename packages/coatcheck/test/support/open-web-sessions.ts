import type { SessionEvent } from '../../src/domain/events.ts'
import { createWebSessions } from '../../src/http/create-web-sessions.ts'
import type { Exchange } from '../../src/http/exchange/exchange.ts'
import type { WebSessions, WebSessionsOptions } from '../../src/http/web-sessions.ts'
import { createSessions } from '../../src/sessions/create-sessions.ts'
import type { SessionsOptions } from '../../src/sessions/options.ts'
import { createMemorySessionStore } from '../../src/stores/memory/session-store.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'

/** The session data of these tests. */
export interface Data {
  readonly theme?: string
}

export const key = 'a key of these tests, of 32 bytes or more'

/** Creates sessions on a memory store and web sessions on them, with a fake clock and recorded events. */
export function setUp(
  options: Partial<WebSessionsOptions> = {},
  sessionsOptions: Partial<SessionsOptions<Data>> = {},
) {
  const clock = createFakeClock()
  const events: SessionEvent[] = []
  const store = createMemorySessionStore()
  const sessions = createSessions<Data>({ store, data: { initial: {} }, clock, ...sessionsOptions })
  const web = createWebSessions(sessions, {
    baseUrl: 'https://mjr.example',
    keys: [key],
    clock,
    events: [(event) => events.push(event)],
    ...options,
  })
  return { web, sessions, clock, events }
}

/** Returns the Set-Cookie headers of the response. */
export function setCookies(exchange: Exchange<Data>): readonly string[] {
  return exchange
    .responseHeaders()
    .flatMap(([name, value]) => (name === 'Set-Cookie' ? [value] : []))
}

/** Opens an exchange with the cookies that an earlier one has set. */
export function openNextExchange(
  web: WebSessions<Data>,
  earlier: Exchange<Data> | null,
  [url, init]: readonly [string, RequestInit?] = ['https://mjr.example/'],
): Exchange<Data> {
  const cookies = earlier === null ? [] : setCookies(earlier)
  const pairs = cookies
    .filter((each) => !each.includes('Max-Age=0'))
    .map((each) => each.split(';')[0])
  const headers = new Headers(init?.headers)
  if (pairs.length > 0) headers.set('Cookie', pairs.join('; '))
  return web.open(new Request(url, { ...init, headers }), '203.0.113.7')
}

/** Opens an exchange and signs a user in. */
export async function signedIn(web: WebSessions<Data>, remember = false): Promise<Exchange<Data>> {
  const exchange = openNextExchange(web, null)
  await exchange.signIn({ userId: 'ada', remember })
  return exchange
}
