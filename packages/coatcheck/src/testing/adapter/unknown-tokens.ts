import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { minute } from '../../domain/time.ts'
import { adapterCases, type Scenario } from './case.ts'
import type { RawHeaders, ScenarioClient } from './client.ts'
import { signIn } from './sessions.ts'

const limit = 5
const cookieName = '__Host-session'

/** As a trusted proxy tells it. */
const forwardedFor = (address: string): RawHeaders => [['X-Forwarded-For', address]]
const throttledHeaders = forwardedFor('203.0.113.7')

function randomToken(): string {
  return `${randomBytes(16).toString('base64url')}.${randomBytes(32).toString('base64url')}`
}

function requestWithUnknownToken(client: ScenarioClient, path: string) {
  const headers: RawHeaders = [...throttledHeaders, ['Cookie', `${cookieName}=${randomToken()}`]]
  return client.sendWithoutCookies(path, { headers })
}

/** Presents as many as there may be, and forgets that the store was asked. */
async function sendUnknownTokens({ otherClient, probe }: Scenario): Promise<void> {
  for (let n = 0; n < limit; n += 1) {
    expect((await requestWithUnknownToken(otherClient, '/api/session')).status).toBe(401)
  }
  probe.storeCalls.length = 0
}

/** Whether behind a guard, or asked for by the route itself. */
const paths = ['/page', '/fresh', '/optional', '/sensitive', '/unguarded', '/form', '/api/me']

const options = { unknownTokens: { limit, window: minute } }

export const adapterThrottlingCases = adapterCases(
  'a flood of unknown tokens',
  {
    'is answered 429 with Retry-After, the cookie is kept, and the store is not asked': async (
      scenario,
    ) => {
      const { client, probe } = scenario
      const token = await signIn(client)
      await sendUnknownTokens(scenario)
      for (const path of [...paths, '/flashes', '/api/session']) {
        const response = await client.send(path, { headers: throttledHeaders })
        expect([path, response.status, response.setCookies]).toEqual([path, 429, []])
        expect(response.headers['retry-after']).toBe('60')
        expect(response.headers['cache-control']).toBe('no-store')
      }
      expect((await requestWithUnknownToken(client, '/api/session')).body).toMatch(
        /too_many_unknown/,
      )
      expect((await requestWithUnknownToken(client, '/page')).body).not.toMatch(/too_many_unknown/)
      expect(probe.storeCalls).toEqual([])
      expect(client.cookies.get(cookieName)).toBe(token)
    },

    'costs nothing to other addresses, to strangers and to bearers': async (scenario) => {
      const { client, otherClient } = scenario
      await signIn(client)
      await sendUnknownTokens(scenario)
      expect((await client.send('/page', { headers: forwardedFor('203.0.113.8') })).body).toBe(
        'ada',
      )
      expect((await otherClient.send('/optional', { headers: throttledHeaders })).body).toBe(
        'nobody',
      )
      const bearer = ['Authorization', 'Bearer a-bearer-token-of-the-contract'] as const
      const response = await client.send('/api/me', { headers: [...throttledHeaders, bearer] })
      expect(response.body).toBe('the bearer')
    },

    'keeps out the others at its address until the window is over, and no longer': async (
      scenario,
    ) => {
      const { client, clock } = scenario
      await signIn(client)
      await sendUnknownTokens(scenario)
      clock.advance(minute - 1)
      const early = await client.send('/page', { headers: throttledHeaders })
      expect([early.status, early.headers['retry-after']]).toEqual([429, '1'])
      clock.advance(1)
      expect((await client.send('/page', { headers: throttledHeaders })).body).toBe('ada')
    },

    'is told of once, with the address and without a token': async (scenario) => {
      const { otherClient, probe } = scenario
      await sendUnknownTokens(scenario)
      for (let n = 0; n < 3; n += 1) await requestWithUnknownToken(otherClient, '/page')
      const reported = probe.events.filter(({ type }) => type === 'unknown-tokens-throttled')
      expect(reported).toMatchObject([{ ipAddress: '203.0.113.7' }])
    },
  },
  options,
)

export const adapterCachedThrottlingCases = adapterCases(
  'a flood of unknown tokens',
  {
    'is nothing to a session at its address that memory knows': async (scenario) => {
      const { client, probe } = scenario
      await signIn(client)
      await client.send('/page', { headers: throttledHeaders })
      await sendUnknownTokens(scenario)
      for (const path of ['/page', '/optional', '/unguarded']) {
        const response = await client.send(path, { headers: throttledHeaders })
        expect([path, response.body]).toEqual([path, 'ada'])
      }
      expect(probe.storeCalls).toEqual([])
      // Whoever holds a secret that memory knows guesses nothing, so the store may be asked.
      expect((await client.send('/fresh', { headers: throttledHeaders })).body).toBe('ada')
      expect(probe.storeCalls).not.toEqual([])
    },
  },
  { ...options, isCached: true },
)
