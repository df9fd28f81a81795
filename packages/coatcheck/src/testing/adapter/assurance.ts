import { expect } from 'vitest'
import { minute, second } from '../../domain/time.ts'
import { adapterCases, type Scenario } from './case.ts'
import type { ScenarioClient } from './client.ts'
import { signIn } from './sessions.ts'

const cookieName = '__Host-session'

/** Calls the API, and returns the status and the code of the error. */
async function callApi(
  client: ScenarioClient,
  path: string,
  headers: readonly (readonly [string, string])[] = [],
): Promise<readonly [status: number, code: string | null]> {
  const { status, body } = await client.send(path, { headers })
  return [status, /"code":"(\w+)"/.exec(body)?.[1] ?? null]
}

export const adapterAssuranceCases = adapterCases('assurance', {
  'a session with a password only must step up, and is not signed out': async ({ client }) => {
    await signIn(client, 'ada', 'pwd')
    const { status, headers } = await client.send('/level-two?a=b')
    const location = '/reauthenticate?level=2&next=%2Flevel-two%3Fa%3Db'
    expect([status, headers.location]).toEqual([303, location])
    expect(await callApi(client, '/api/level-two')).toEqual([403, 'step_up_required'])
    expect(await callApi(client, '/api/recent-level-two')).toEqual([403, 'step_up_required'])
    expect(client.cookies.has(cookieName)).toBe(true)
    expect((await client.send('/page')).body).toBe('ada')
  },

  'a refused API call is reported with its check': async ({ client, probe }) => {
    await signIn(client, 'ada', 'pwd')
    await callApi(client, '/api/level-two')
    expect(probe.events.at(-1)).toMatchObject({
      type: 'request-refused',
      check: 'step_up_required',
      path: '/api/level-two',
    })
  },

  'a form is not sent again after the step-up': async ({ client }) => {
    await signIn(client, 'ada', 'pwd')
    const { status, headers } = await client.post('/level-two')
    expect([status, headers.location]).toEqual([303, '/reauthenticate?level=2&next=%2F'])
  },

  'an anonymous visitor must sign in': async ({ client }) => {
    for (const path of ['/level-two', '/recent-level-two']) {
      expect((await client.send(path)).headers.location).toMatch(/^\/login\?next=/)
    }
    expect(await callApi(client, '/api/level-two')).toEqual([401, 'sign_in_required'])
  },

  'two factors at the sign-in are enough': async ({ client }) => {
    await signIn(client, 'ada', 'pwd otp')
    expect((await client.send('/level-two')).body).toBe('ada')
    expect((await client.send('/recent-level-two')).body).toBe('ada')
  },

  'a step-up with the second factor is enough, and no other operation is': async ({ client }) => {
    await signIn(client, 'ada', 'pwd')
    await client.post('/rotate')
    await client.post('/flash')
    await client.post('/step-up')
    await client.post('/step-up', { methods: 'pwd' })
    expect((await client.send('/level-two')).status).toBe(303)
    await client.post('/step-up', { methods: 'otp' })
    expect((await client.send('/level-two')).body).toBe('ada')
    await client.post('/rotate')
    await client.post('/step-up')
    expect((await client.send('/level-two')).body).toBe('ada')
  },

  'the replaced secret of a step-up stays at the level before it': async ({
    client,
    otherClient,
  }) => {
    otherClient.cookies.set(cookieName, await signIn(client, 'ada', 'pwd'))
    await client.post('/step-up', { methods: 'pwd otp' })
    expect((await client.send('/level-two')).body).toBe('ada')
    expect((await otherClient.send('/page')).body).toBe('ada')
    expect((await otherClient.send('/level-two')).status).toBe(303)
  },

  'requests in flight during a step-up keep the level that they had': async ({
    client,
    otherClient,
    clock,
  }) => {
    otherClient.cookies.set(cookieName, await signIn(client, 'ada', 'pwd otp'))
    clock.advance(minute)
    await client.post('/step-up', { methods: 'pwd' })
    clock.advance(9 * second)
    expect((await otherClient.send('/level-two')).body).toBe('ada')
  },

  'methods count as recent for 10 minutes, to the millisecond, each by its own time': async ({
    client,
    clock,
  }) => {
    await signIn(client, 'ada', 'pwd otp')
    clock.advance(5 * minute)
    await client.post('/step-up', { methods: 'pwd' })
    clock.advance(5 * minute - 1)
    expect((await client.send('/recent-level-two')).body).toBe('ada')
    clock.advance(1)
    const { headers } = await client.send('/recent-level-two')
    expect(headers.location).toBe('/reauthenticate?level=2&next=%2Frecent-level-two')
    const refused = [403, 'recent_authentication_required']
    expect(await callApi(client, '/api/recent-level-two')).toEqual(refused)
    expect((await client.send('/level-two')).body).toBe('ada')

    await client.post('/step-up', { methods: 'otp' })
    expect((await client.send('/recent-level-two')).body).toBe('ada')
  },

  'recent methods do not count from another network until it steps up': async ({ client }) => {
    await signIn(client, 'ada', 'pwd otp')
    const headers = [['X-Forwarded-For', '203.0.113.7']] as const
    expect((await client.send('/level-two', { headers })).body).toBe('ada')
    expect((await client.send('/recent-level-two', { headers })).status).toBe(303)
    const refused = [403, 'recent_authentication_required']
    expect(await callApi(client, '/api/recent-level-two', headers)).toEqual(refused)
  },

  'a failing store is a 503, and keeps the cookie': async ({ client, probe }) => {
    await signIn(client, 'ada', 'pwd otp')
    probe.storeFails = true
    for (const path of ['/level-two', '/recent-level-two']) {
      const { status, setCookies } = await client.send(path)
      expect([status, setCookies]).toEqual([503, []])
    }
  },
})

export const adapterCachedAssuranceCases = adapterCases(
  'assurance with a cache',
  {
    'recent methods are read from the store, others from the cache': async ({ client, probe }) => {
      await signIn(client, 'ada', 'pwd otp')
      await client.send('/page')
      probe.storeCalls.length = 0
      expect((await client.send('/level-two')).body).toBe('ada')
      expect(probe.storeCalls).toEqual([])
      expect((await client.send('/recent-level-two')).body).toBe('ada')
      expect(probe.storeCalls).toEqual(['find'])
    },

    'recent methods do not count in a session that ended without a notification': async ({
      client,
      probe,
      clock,
    }) => {
      await signIn(client, 'ada', 'pwd otp')
      await client.send('/page')
      await probe.store?.endByUser(
        'ada',
        { reason: 'ended-by-user', at: clock.now(), by: 'ada' },
        null,
      )
      expect((await client.send('/level-two')).body).toBe('ada')
      const { headers } = await client.send('/recent-level-two')
      expect(headers.location).toMatch(/^\/login\?error=session_expired&/)
    },

    'a step-up takes effect in the cache at once': async ({ client }) => {
      await signIn(client, 'ada', 'pwd')
      expect((await client.send('/level-two')).status).toBe(303)
      await client.post('/step-up', { methods: 'otp' })
      expect((await client.send('/level-two')).body).toBe('ada')
    },
  },
  { isCached: true },
)

export const adapterAssurancePresetCases = adapterCases(
  'preset aal2',
  {
    'a sign-in with one factor creates no session and is reported': async ({ client, probe }) => {
      const response = await client.post('/sign-in', { user: 'ada', methods: 'pwd' })
      expect(response.body).toBe('assurance-too-low')
      expect(client.cookies.has(cookieName)).toBe(false)
      expect(probe.storeCalls).not.toContain('insert')
      const blocked = { type: 'sign-in-blocked', reason: 'assurance-too-low', userId: 'ada' }
      expect(probe.events.at(-1)).toMatchObject(blocked)
    },

    'a refused sign-in leaves the presented session active': async ({ client }) => {
      const token = await signIn(client, 'ada', 'pwd otp')
      await client.post('/sign-in', { user: 'ada', methods: 'otp' })
      expect(client.cookies.get(cookieName)).toBe(token)
      expect((await client.send('/page')).body).toBe('ada')
    },

    'a session of a lower level must sign in again, and keeps its cookie': async (scenario) => {
      const { client, probe } = scenario
      const token = await signIn(client, 'ada', 'pwd otp')
      await removeMethods(scenario)
      expect((await client.send('/page')).headers.location).toMatch(/^\/login\?next=/)
      expect(await callApi(client, '/api/level-two')).toEqual([401, 'sign_in_required'])
      expect(client.cookies.get(cookieName)).toBe(token)
      const rejected = { type: 'token-rejected', reason: 'assurance-too-low' }
      expect(probe.events).toContainEqual(expect.objectContaining(rejected))

      await signIn(client, 'ada', 'pwd otp')
      expect((await client.send('/page')).body).toBe('ada')
    },
  },
  { timeouts: { preset: 'aal2' } },
)

/** As in a session from before the app has set the preset. */
async function removeMethods({ probe, clock }: Scenario): Promise<void> {
  const [record] = (await probe.store?.listByUser('ada', clock.now())) ?? []
  if (record === undefined) throw new Error('no session')
  const { id, secretHash: from, expiresAt } = record
  const at = clock.now()
  await probe.store?.replaceSecret(id, {
    from,
    to: from,
    csrfSecret: null,
    authentication: { expiresAt, methods: [], previousMethods: [] },
    previousExpiresAt: at,
    at,
  })
}
