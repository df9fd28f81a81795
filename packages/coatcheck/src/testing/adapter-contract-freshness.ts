import { expect } from 'vitest'
import { adapterCases, type Scenario } from './adapter-contract-case.ts'
import { signIn } from './adapter-contract-sessions.ts'

/** Signs in, and has the session known to memory. */
async function beRemembered({ browser, watch }: Scenario): Promise<void> {
  await signIn(browser)
  await browser.send('/page')
  watch.storeCalls.length = 0
}

/** As another process does it whose word has not come yet. */
async function endUntold({ watch, clock }: Scenario): Promise<void> {
  const ending = { reason: 'ended-by-user', at: clock.now(), by: 'ada' } as const
  expect(await watch.store?.endByUser('ada', ending, null)).toHaveLength(1)
}

export const adapterFreshnessCases = adapterCases(
  'fresh verification',
  {
    'asks the store, where others are answered from memory': async (scenario) => {
      const { browser, watch } = scenario
      await beRemembered(scenario)
      expect((await browser.send('/page')).body).toBe('ada')
      expect(watch.storeCalls).toEqual([])
      for (const _ of [1, 2]) expect((await browser.send('/fresh')).body).toBe('ada')
      expect(watch.storeCalls).toEqual(['find', 'find'])
    },

    'asks once in a request, and holds for the rest of it': async (scenario) => {
      const { browser, watch } = scenario
      await beRemembered(scenario)
      expect((await browser.send('/refreshed')).body).toBe('ada')
      expect(watch.storeCalls).toEqual(['find'])
    },

    'refuses what memory does not know to have ended': async (scenario) => {
      const { browser, stranger } = scenario
      for (const path of ['/fresh', '/refreshed']) {
        await beRemembered(scenario)
        stranger.cookies.set('__Host-session', browser.cookies.get('__Host-session') ?? '')
        await endUntold(scenario)
        expect((await browser.send('/page')).body).toBe('ada')
        const refused = await browser.send(path)
        expect([path, refused.status]).toEqual([path, 303])
        expect(refused.headers.location).toMatch(/^\/login\?error=session_expired&/)
        expect(browser.cookies.has('__Host-session')).toBe(false)
        // What the store has said is known to memory too.
        expect((await stranger.send('/page')).status).toBe(303)
      }
    },

    'fails with the store': async (scenario) => {
      const { browser, watch } = scenario
      await beRemembered(scenario)
      watch.storeFails = true
      expect((await browser.send('/page')).body).toBe('ada')
      for (const path of ['/fresh', '/refreshed']) {
        const { status, setCookies } = await browser.send(path)
        expect([path, status, setCookies]).toEqual([path, 503, []])
      }
    },

    'reads nothing for strangers': async ({ browser, watch }) => {
      for (const path of ['/fresh', '/refreshed']) await browser.send(path)
      expect(watch.storeCalls).toEqual([])
    },
  },
  { isCached: true },
)
