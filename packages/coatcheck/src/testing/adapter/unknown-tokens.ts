import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { minute, second } from '../../domain/time.ts'
import { adapterCases, type Scenario } from './case.ts'
import type { RawHeaders, ScenarioClient } from './client.ts'
import { signIn } from './sessions.ts'

const limit = 5
/** Reads of one second beyond the limit. */
const allowance = 1
const cookieName = '__Host-session'

/** The header that a trusted proxy sets. */
const forwardedFor = (address: string): RawHeaders => [['X-Forwarded-For', address]]
const throttledHeaders = forwardedFor('203.0.113.7')

function randomToken(): string {
  return `${randomBytes(16).toString('base64url')}.${randomBytes(32).toString('base64url')}`
}

function requestWithUnknownToken(client: ScenarioClient, path: string) {
  const headers: RawHeaders = [...throttledHeaders, ['Cookie', `${cookieName}=${randomToken()}`]]
  return client.sendWithoutCookies(path, { headers })
}

/** Sends as many unknown tokens as are read in the current second, and clears the recorded store calls. */
async function sendUnknownTokens({ otherClient, probe }: Scenario): Promise<void> {
  for (let n = 0; n < limit + allowance; n += 1) {
    expect((await requestWithUnknownToken(otherClient, '/api/session')).status).toBe(401)
  }
  probe.storeCalls.length = 0
}

/** Routes that read the session through a guard or by themselves. */
const paths = ['/page', '/uncached', '/optional', '/sensitive', '/unguarded', '/form', '/api/me']

const options = { unknownTokens: { limit, window: minute } }

export const adapterThrottlingCases = adapterCases(
  'unknown-token throttling',
  {
    'responds 429 with Retry-After, keeps the cookie and does not read the store': async (
      scenario,
    ) => {
      const { client, probe } = scenario
      const token = randomToken()
      client.cookies.set(cookieName, token)
      await sendUnknownTokens(scenario)
      for (const path of [...paths, '/flashes', '/api/session']) {
        const response = await client.send(path, { headers: throttledHeaders })
        expect([path, response.status, response.setCookies]).toEqual([path, 429, []])
        expect(response.headers['retry-after']).toBe('1')
        expect(response.headers['cache-control']).toBe('no-store')
      }
      expect((await requestWithUnknownToken(client, '/api/session')).body).toMatch(
        /too_many_unknown/,
      )
      expect((await requestWithUnknownToken(client, '/page')).body).not.toMatch(/too_many_unknown/)
      expect(probe.storeCalls).toEqual([])
      expect(client.cookies.get(cookieName)).toBe(token)
    },

    'does not affect other IP addresses, anonymous visitors and bearer tokens': async (
      scenario,
    ) => {
      const { client, otherClient } = scenario
      await signIn(client)
      await sendUnknownTokens(scenario)
      expect((await client.send('/page', { headers: forwardedFor('203.0.113.8') })).body).toBe(
        'ada',
      )
      expect((await otherClient.send('/optional', { headers: throttledHeaders })).body).toBe(
        'anonymous',
      )
      const bearer = ['Authorization', 'Bearer a-bearer-token-of-the-contract'] as const
      const response = await client.send('/api/me', { headers: [...throttledHeaders, bearer] })
      expect(response.body).toBe('the bearer')
    },

    'looks up one more unknown token a second, and as many as before when the window ends': async (
      scenario,
    ) => {
      const { client, clock } = scenario
      await sendUnknownTokens(scenario)
      const statusOfNext = async () => (await requestWithUnknownToken(client, '/api/me')).status
      clock.advance(second - 1)
      expect(await statusOfNext()).toBe(429)
      clock.advance(1)
      expect([await statusOfNext(), await statusOfNext()]).toEqual([401, 429])
      clock.advance(minute)
      await sendUnknownTokens(scenario)
    },

    'lets 50 users work and sign out at the IP address of an attacker, and bounds its reads':
      async ({ client, otherClient, clock, probe }) => {
        let reads = 0
        // Without X-Forwarded-For, all clients have the IP address of the proxy.
        async function attack(times = allowance + 1): Promise<void> {
          const before = probe.storeCalls.length
          for (let n = 0; n < times; n += 1) {
            const headers: RawHeaders = [['Cookie', `${cookieName}=${randomToken()}`]]
            await otherClient.sendWithoutCookies('/api/session', { headers })
          }
          reads += probe.storeCalls.length - before
        }
        const users = 50
        await attack(limit)
        for (let n = 0; n < users; n += 1) {
          client.cookies.clear()
          await attack()
          await signIn(client, 'earlier')
          await signIn(client, `user ${n}`)
          const statuses: number[] = []
          for (const path of ['/rotate', '/step-up', '/flash', '/sign-out']) {
            await attack()
            statuses.push((await client.send('/page')).status, (await client.post(path)).status)
          }
          expect(statuses).toEqual([200, 200, 200, 303, 200, 303, 200, 303])
          expect((await client.send('/optional')).body).toBe('anonymous')
          clock.advance(second)
        }
        expect(reads).toBe(limit + allowance * users)
      },

    'is reported once, with the IP address and without a token': async (scenario) => {
      const { otherClient, probe } = scenario
      await sendUnknownTokens(scenario)
      for (let n = 0; n < 3; n += 1) await requestWithUnknownToken(otherClient, '/page')
      const reported = probe.events.filter(({ type }) => type === 'unknown-tokens-throttled')
      expect(reported).toMatchObject([{ ipAddress: '203.0.113.7' }])
    },

    'reports once that a trusted proxy does not forward the IP addresses of clients': async ({
      client,
      probe,
    }) => {
      const reported = () => probe.events.filter(({ type }) => type === 'client-address-shared')
      client.cookies.set(cookieName, randomToken())
      await client.send('/optional', { headers: throttledHeaders })
      expect(reported()).toEqual([])
      for (let n = 0; n < 3; n += 1) await client.send('/optional')
      const reason = 'no-forwarded-address'
      expect(reported()).toMatchObject([{ ipAddress: '127.0.0.1', reason }])
    },
  },
  options,
)

export const adapterCachedThrottlingCases = adapterCases(
  'unknown-token throttling',
  {
    'does not affect a cached session from the same IP address': async (scenario) => {
      const { client, probe } = scenario
      await signIn(client)
      await client.send('/page', { headers: throttledHeaders })
      await sendUnknownTokens(scenario)
      for (const path of ['/page', '/optional', '/unguarded']) {
        const response = await client.send(path, { headers: throttledHeaders })
        expect([path, response.body]).toEqual([path, 'ada'])
      }
      expect(probe.storeCalls).toEqual([])
      // A cached secret matches, so the client is not guessing and may read the store.
      expect((await client.send('/uncached', { headers: throttledHeaders })).body).toBe('ada')
      expect(probe.storeCalls).not.toEqual([])
    },
  },
  { ...options, isCached: true },
)
