import { expect } from 'vitest'
import { adapterCases, type Scenario } from './case.ts'
import { signIn } from './sessions.ts'

/** Signs in, and caches the session. */
async function signInCached({ client, probe }: Scenario): Promise<void> {
  await signIn(client)
  await client.send('/page')
  probe.storeCalls.length = 0
}

/** Ends the session like another process whose notification has not arrived. */
async function endWithoutNotification({ probe, clock }: Scenario): Promise<void> {
  const ending = { reason: 'ended-by-user', at: clock.now(), by: 'ada' } as const
  expect(await probe.store?.endByUser('ada', ending, null)).toHaveLength(1)
}

export const adapterUncachedCases = adapterCases(
  'uncached verification',
  {
    'reads the store where other routes read the cache': async (scenario) => {
      const { client, probe } = scenario
      await signInCached(scenario)
      expect((await client.send('/page')).body).toBe('ada')
      expect(probe.storeCalls).toEqual([])
      for (const _ of [1, 2]) expect((await client.send('/uncached')).body).toBe('ada')
      expect(probe.storeCalls).toEqual(['find', 'find'])
    },

    'reads the store once per request': async (scenario) => {
      const { client, probe } = scenario
      await signInCached(scenario)
      expect((await client.send('/reverified')).body).toBe('ada')
      expect(probe.storeCalls).toEqual(['find'])
    },

    'rejects a session that ended without a notification to the cache': async (scenario) => {
      const { client, otherClient } = scenario
      for (const path of ['/uncached', '/reverified']) {
        await signInCached(scenario)
        otherClient.cookies.set('__Host-session', client.cookies.get('__Host-session') ?? '')
        await endWithoutNotification(scenario)
        expect((await client.send('/page')).body).toBe('ada')
        const refused = await client.send(path)
        expect([path, refused.status]).toEqual([path, 303])
        expect(refused.headers.location).toMatch(/^\/login\?error=session_expired&/)
        expect(client.cookies.has('__Host-session')).toBe(false)
        // The read from the store has updated the cache.
        expect((await otherClient.send('/page')).status).toBe(303)
      }
    },

    'responds 503 when the store fails': async (scenario) => {
      const { client, probe } = scenario
      await signInCached(scenario)
      probe.storeFails = true
      expect((await client.send('/page')).body).toBe('ada')
      for (const path of ['/uncached', '/reverified']) {
        const { status, setCookies } = await client.send(path)
        expect([path, status, setCookies]).toEqual([path, 503, []])
      }
    },

    'reads nothing without a session cookie': async ({ client, probe }) => {
      for (const path of ['/uncached', '/reverified']) await client.send(path)
      expect(probe.storeCalls).toEqual([])
    },
  },
  { isCached: true },
)
