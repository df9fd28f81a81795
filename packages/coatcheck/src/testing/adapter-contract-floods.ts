import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { minute } from '../domain/time.ts'
import { adapterCases, type Scenario } from './adapter-contract-case.ts'
import type { RawHeaders, ScenarioClient } from './adapter-contract-client.ts'
import { signIn } from './adapter-contract-sessions.ts'

const limit = 5
const session = '__Host-session'

/** As a trusted proxy tells it. */
const from = (address: string): RawHeaders => [['X-Forwarded-For', address]]
const flooded = from('203.0.113.7')

function aToken(): string {
  return `${randomBytes(16).toString('base64url')}.${randomBytes(32).toString('base64url')}`
}

function withUnknownToken(client: ScenarioClient, path: string) {
  const headers: RawHeaders = [...flooded, ['Cookie', `${session}=${aToken()}`]]
  return client.sendBare(path, { headers })
}

/** Presents as many as there may be, and forgets that the store was asked. */
async function flood({ stranger, watch }: Scenario): Promise<void> {
  for (let n = 0; n < limit; n += 1) {
    expect((await withUnknownToken(stranger, '/api/session')).status).toBe(401)
  }
  watch.storeCalls.length = 0
}

/** Whether behind a guard, or asked for by the route itself. */
const paths = ['/page', '/fresh', '/optional', '/sensitive', '/unguarded', '/form', '/api/me']

const terms = { unknownTokens: { limit, window: minute } }

export const adapterFloodCases = adapterCases(
  'a flood of unknown tokens',
  {
    'is answered 429 with Retry-After, the cookie is kept, and the store is not asked': async (
      scenario,
    ) => {
      const { browser, watch } = scenario
      const token = await signIn(browser)
      await flood(scenario)
      for (const path of [...paths, '/flashes', '/api/session']) {
        const response = await browser.send(path, { headers: flooded })
        expect([path, response.status, response.setCookies]).toEqual([path, 429, []])
        expect(response.headers['retry-after']).toBe('60')
        expect(response.headers['cache-control']).toBe('no-store')
      }
      expect((await withUnknownToken(browser, '/api/session')).body).toMatch(/too_many_unknown/)
      expect((await withUnknownToken(browser, '/page')).body).not.toMatch(/too_many_unknown/)
      expect(watch.storeCalls).toEqual([])
      expect(browser.cookies.get(session)).toBe(token)
    },

    'costs nothing to other addresses, to strangers and to bearers': async (scenario) => {
      const { browser, stranger } = scenario
      await signIn(browser)
      await flood(scenario)
      expect((await browser.send('/page', { headers: from('203.0.113.8') })).body).toBe('ada')
      expect((await stranger.send('/optional', { headers: flooded })).body).toBe('nobody')
      const bearer = ['Authorization', 'Bearer a-bearer-token-of-the-contract'] as const
      const response = await browser.send('/api/me', { headers: [...flooded, bearer] })
      expect(response.body).toBe('the bearer')
    },

    'keeps out the others at its address until the window is over, and no longer': async (
      scenario,
    ) => {
      const { browser, clock } = scenario
      await signIn(browser)
      await flood(scenario)
      clock.advance(minute - 1)
      const early = await browser.send('/page', { headers: flooded })
      expect([early.status, early.headers['retry-after']]).toEqual([429, '1'])
      clock.advance(1)
      expect((await browser.send('/page', { headers: flooded })).body).toBe('ada')
    },

    'is told of once, with the address and without a token': async (scenario) => {
      const { stranger, watch } = scenario
      await flood(scenario)
      for (let n = 0; n < 3; n += 1) await withUnknownToken(stranger, '/page')
      const told = watch.events.filter(({ type }) => type === 'unknown-tokens-throttled')
      expect(told).toMatchObject([{ ipAddress: '203.0.113.7' }])
    },
  },
  terms,
)

export const adapterCachedFloodCases = adapterCases(
  'a flood of unknown tokens',
  {
    'is nothing to a session at its address that memory knows': async (scenario) => {
      const { browser, watch } = scenario
      await signIn(browser)
      await browser.send('/page', { headers: flooded })
      await flood(scenario)
      for (const path of ['/page', '/optional', '/unguarded']) {
        const response = await browser.send(path, { headers: flooded })
        expect([path, response.body]).toEqual([path, 'ada'])
      }
      expect(watch.storeCalls).toEqual([])
      // Whoever holds a secret that memory knows guesses nothing, so the store may be asked.
      expect((await browser.send('/fresh', { headers: flooded })).body).toBe('ada')
      expect(watch.storeCalls).not.toEqual([])
    },
  },
  { ...terms, isCached: true },
)
