import { expect } from 'vitest'
import { minute } from '../../domain/time.ts'
import { adapterCases, type Scenario } from './case.ts'
import { formHeaders, type ScenarioClient, sameOriginHeaders } from './client.ts'
import { signIn } from './sessions.ts'

const sessionCookie = '__Host-session'
const pendingCookie = '__Host-session-pending'

type FormFields = Readonly<Record<string, string>>

/** Posts a correct password, and returns the token of the pending sign-in. */
async function begin(
  { client, clock }: Pick<Scenario, 'client' | 'clock'>,
  fields: FormFields = {},
): Promise<string> {
  const checkedAt = String(clock.now())
  const response = await client.post('/first-factor', {
    user: 'ada',
    checked_at: checkedAt,
    ...fields,
  })
  expect([response.status, response.headers.location]).toEqual([303, '/second-factor'])
  return client.cookies.get(pendingCookie) ?? ''
}

async function readPending(client: ScenarioClient): Promise<string> {
  return (await client.send('/second-factor')).body
}

/** Posts a form 50 times at once, with one CSRF token. */
async function postInParallel(client: ScenarioClient, path: string) {
  const body = new URLSearchParams({ csrf_token: await client.csrfToken() }).toString()
  const headers = [...formHeaders, ...sameOriginHeaders]
  const request = { method: 'POST', headers, body } as const
  return Promise.all(Array.from({ length: 50 }, () => client.send(path, request)))
}

export const adapterPendingSignInCases = adapterCases('pending sign-ins', {
  'are in a cookie of their own, with every attribute and no Max-Age': async ({
    client,
    clock,
  }) => {
    const fields = { user: 'ada', checked_at: String(clock.now()) }
    const { setCookies } = await client.post('/first-factor', fields)
    expect(setCookies.filter((cookie) => !cookie.startsWith('__Host-pre'))).toEqual([
      expect.stringMatching(
        /^__Host-session-pending=[\w-]{22}\.[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
      ),
    ])
  },

  'are no session: guarded pages and the API refuse them (CVE-2023-48309)': async (scenario) => {
    const { client } = scenario
    const token = await begin(scenario, { state: '/links' })
    expect(await readPending(client)).toBe('ada /links 5')
    expect((await client.send('/page')).headers.location).toBe('/login?next=%2Fpage')
    expect((await client.send('/sensitive')).status).toBe(303)
    expect((await client.send('/api/session')).status).toBe(401)
    expect((await client.send('/optional')).body).toBe('anonymous')

    client.cookies.set(sessionCookie, token)
    expect((await client.send('/api/session')).status).toBe(401)
    expect((await client.send('/page')).headers.location).toMatch(/^\/login/)
    expect((await client.post('/rotate')).setCookies).toEqual([])
  },

  'accept no session token in place of their own': async ({ client, otherClient }) => {
    const token = await signIn(otherClient)
    client.cookies.set(pendingCookie, token)
    expect(await readPending(client)).toBe('ended')
    expect((await client.post('/attempt')).body).toBe('ended')
    expect((await client.post('/second-factor')).body).toBe('ended')
    await client.post('/cancel')
    expect((await otherClient.send('/page')).body).toBe('ada')
  },

  'become a session: a new cookie, and those of the sign-in are deleted': async (scenario) => {
    const { client, otherClient } = scenario
    const pending = await begin(scenario, { remember: 'on' })
    expect((await client.post('/attempt')).body).toBe('ada  4')
    const response = await client.post('/second-factor')
    expect([response.status, response.headers.location]).toEqual([303, '/page'])
    expect([...client.cookies.keys()]).toEqual([sessionCookie])
    expect(response.setCookies.find((each) => each.startsWith(`${sessionCookie}=`))).toMatch(
      /Max-Age=2592000$/,
    )
    expect((await client.send('/page')).body).toBe('ada')
    expect((await client.send('/level-two')).body).toBe('ada')

    otherClient.cookies.set(pendingCookie, pending)
    expect(await readPending(otherClient)).toBe('ended')
    expect((await otherClient.post('/second-factor')).body).toBe('ended')
  },

  'become one session in 50 parallel requests': async (scenario) => {
    const { client, probe } = scenario
    await begin(scenario)
    await client.post('/attempt')
    const responses = await postInParallel(client, '/second-factor')
    expect(responses.filter(({ status }) => status === 303)).toHaveLength(1)
    const created = probe.events.filter(({ type }) => type === 'session-created')
    expect(created).toHaveLength(1)
  },

  'allow five of 50 parallel attempts': async (scenario) => {
    const { client } = scenario
    await begin(scenario)
    const responses = await postInParallel(client, '/attempt')
    const refused = responses.filter(({ body }) => body === 'too-many-attempts')
    expect(refused).toHaveLength(45)
    expect(await readPending(client)).toBe('too-many-attempts')
  },

  'are not completed after five attempts, also if the app ignores the refusal': async (
    scenario,
  ) => {
    const { client } = scenario
    await begin(scenario)
    for (let count = 1; count <= 5; count += 1) await client.post('/attempt')
    expect((await client.post('/second-factor')).body).toBe('too-many-attempts')
    expect(client.cookies.has(sessionCookie)).toBe(false)
  },

  'expire after ten minutes': async (scenario) => {
    const { client, clock } = scenario
    await begin(scenario)
    await client.post('/attempt')
    clock.advance(10 * minute - 1)
    expect(await readPending(client)).toBe('ada  4')
    clock.advance(1)
    expect(await readPending(client)).toBe('expired')
    expect((await client.post('/attempt')).body).toBe('expired')
    expect((await client.post('/second-factor')).body).toBe('expired')
    expect(client.cookies.has(sessionCookie)).toBe(false)
  },

  'end with all sessions of the user': async (scenario) => {
    const { client, clock, probe } = scenario
    await begin(scenario)
    await client.post('/attempt')
    const ending = { reason: 'password-changed', at: clock.now(), by: null } as const
    await probe.store?.endByUser('ada', ending, null)
    expect(await readPending(client)).toBe('ended')
    expect((await client.post('/second-factor')).body).toBe('ended')
    const again = { user: 'ada', checked_at: String(clock.now()) }
    expect((await client.post('/first-factor', again)).body).toBe('credentials-outdated')
    expect(client.cookies.has(sessionCookie)).toBe(false)
  },

  'are replaced by the sign-in of another user in the same browser': async (scenario) => {
    const { client, otherClient } = scenario
    const first = await begin(scenario)
    await begin(scenario, { user: 'grace' })
    expect(await readPending(client)).toBe('grace  5')
    otherClient.cookies.set(pendingCookie, first)
    expect(await readPending(otherClient)).toBe('ended')
    await client.post('/attempt')
    await client.post('/second-factor')
    expect((await client.send('/page')).body).toBe('grace')
  },

  'exist in the browser that has begun them only': async (scenario) => {
    await begin(scenario)
    expect(await readPending(scenario.otherClient)).toBe('no-token')
    expect((await scenario.otherClient.post('/attempt')).body).toBe('no-token')
    expect((await scenario.otherClient.post('/second-factor')).body).toBe('no-token')
  },

  'are not read from a cookie that appears twice': async (scenario) => {
    const { client } = scenario
    const pair = `${pendingCookie}=${await begin(scenario)}`
    for (const value of [`${pair}; ${pair}`, `${pair}; ${pendingCookie}=x`]) {
      const headers = [['Cookie', value]] as const
      expect((await client.sendWithoutCookies('/second-factor', { headers })).body).toBe(
        'malformed',
      )
    }
  },

  'replace the session of the browser when they are completed, and not before': async (
    scenario,
  ) => {
    const { client, otherClient } = scenario
    otherClient.cookies.set(sessionCookie, await signIn(client, 'grace'))
    await begin(scenario)
    expect((await client.send('/page')).body).toBe('grace')
    await client.post('/attempt')
    await client.post('/second-factor')
    expect((await client.send('/page')).body).toBe('ada')
    expect((await otherClient.send('/optional')).body).toBe('anonymous')
  },

  'are deleted by a sign-in in one step, and when they are canceled': async (scenario) => {
    const { client, otherClient } = scenario
    await begin(scenario)
    await signIn(client)
    expect([...client.cookies.keys()]).toEqual([sessionCookie])

    const token = await begin(scenario)
    await client.post('/cancel')
    expect(client.cookies.has(pendingCookie)).toBe(false)
    otherClient.cookies.set(pendingCookie, token)
    expect(await readPending(otherClient)).toBe('ended')
  },

  'survive a failing store: 503, and the cookie is kept': async (scenario) => {
    const { client, probe } = scenario
    const token = await begin(scenario)
    await client.post('/attempt')
    const csrf = new URLSearchParams({ csrf_token: await client.csrfToken() }).toString()
    const headers = [...formHeaders, ...sameOriginHeaders]
    const post = { method: 'POST', headers, body: csrf } as const
    probe.storeFails = true
    for (const path of ['/second-factor', '/attempt', '/cancel']) {
      const { status, setCookies } = await client.send(path, post)
      expect([path, status, setCookies]).toEqual([path, 503, []])
    }
    expect((await client.send('/second-factor')).status).toBe(503)
    probe.storeFails = false
    expect(client.cookies.get(pendingCookie)).toBe(token)
    expect((await client.send('/second-factor', post)).headers.location).toBe('/page')
  },
})
