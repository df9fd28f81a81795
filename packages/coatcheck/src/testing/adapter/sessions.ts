import { expect } from 'vitest'
import { second } from '../../domain/time.ts'
import { adapterCases } from './case.ts'
import type { ScenarioClient } from './client.ts'

const cookieName = '__Host-session'
const expiredSession =
  '__Host-session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0; ' +
  'Expires=Thu, 01 Jan 1970 00:00:00 GMT'

/** Signs in, by default without methods, and returns the token. */
export async function signIn(client: ScenarioClient, user = 'ada', methods = ''): Promise<string> {
  const response = await client.post('/sign-in', { user, methods })
  expect(response.status).toBe(303)
  return client.cookies.get(cookieName) ?? ''
}

export const adapterSessionCases = adapterCases('sessions', {
  'signs in with one cookie that has every attribute and no Max-Age': async ({ client }) => {
    const response = await client.post('/sign-in', { user: 'ada' })
    const cookies = response.setCookies.filter((cookie) => cookie.startsWith(`${cookieName}=`))
    expect(cookies).toHaveLength(1)
    expect(cookies[0]).toMatch(
      /^__Host-session=[\w-]{22}\.[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
    )
    expect(response.headers.location).toBe('/page')
    expect((await client.send('/page')).body).toBe('ada')
  },

  'sets Max-Age to the absolute timeout for a remembered session': async ({ client }) => {
    const response = await client.post('/sign-in', { user: 'ada', remember: 'on' })
    const cookie = response.setCookies.find((each) => each.startsWith(`${cookieName}=`))
    expect(cookie).toMatch(/; SameSite=Lax; Max-Age=2592000$/)
  },

  'deletes the pre-session and flash cookies at sign-in': async ({ client }) => {
    await client.post('/flash')
    expect([...client.cookies.keys()].sort()).toEqual([
      '__Host-flash',
      '__Host-pre',
      expect.stringMatching(/^__Host-pre[a-z]{12}$/),
    ])
    await signIn(client)
    expect([...client.cookies.keys()]).toEqual([cookieName])
  },

  'issues a new token at each sign-in and ends the presented session': async ({
    client,
    otherClient,
  }) => {
    const first = await signIn(client)
    const second = await signIn(client, 'grace')
    expect(second.split('.')[0]).not.toBe(first.split('.')[0])
    otherClient.cookies.set(cookieName, first)
    expect((await otherClient.send('/optional')).body).toBe('anonymous')
    expect((await client.send('/optional')).body).toBe('grace')
  },

  'redirects a page request with a just replaced secret to the same URL, once': async ({
    client,
    otherClient,
    clock,
  }) => {
    const before = await signIn(client)
    await client.post('/rotate')
    otherClient.cookies.set(cookieName, before)
    const late = await otherClient.send('/page?a=b')
    expect([late.status, late.headers.location]).toEqual([303, '/page?a=b'])
    expect(otherClient.cookies.get(cookieName)).toBe(before)
    // A browser that did not store the new cookie would repeat it without end.
    expect((await otherClient.send('/page?a=b')).headers.location).toMatch(/^\/login\?next=/)
    expect((await otherClient.send('/api/session')).status).toBe(401)
    expect((await client.send('/page')).body).toBe('ada')
    clock.advance(10 * second)
    expect((await otherClient.send('/page')).headers.location).toMatch(/error=session_expired/)
    expect((await client.send('/optional')).body).toBe('anonymous')
  },

  'signs out with a just replaced secret': async ({ client, otherClient }) => {
    const before = await signIn(client)
    await client.post('/rotate')
    otherClient.cookies.set(cookieName, before)
    await otherClient.post('/sign-out')
    expect((await client.send('/optional')).body).toBe('anonymous')
  },

  'never adopts a preset session cookie (fixation)': async ({ client, otherClient }) => {
    const planted = await signIn(otherClient, 'mallory')
    client.cookies.set(cookieName, planted)
    expect(await signIn(client, 'ada')).not.toBe(planted)
    expect((await otherClient.send('/optional')).body).toBe('anonymous')
  },

  'signs in over an invalid or unknown session cookie': async ({ client, otherClient, probe }) => {
    const token = await signIn(otherClient)
    const unknown = `${'A'.repeat(22)}${token.slice(22)}`
    for (const planted of ['', 'garbage', '__proto__', unknown]) {
      client.cookies.set(cookieName, planted)
      expect(await signIn(client)).toMatch(/^[\w-]{22}\.[\w-]{43}$/)
    }
    expect(probe.storeCalls.filter((call) => call === 'insert')).toHaveLength(5)
    expect((await otherClient.send('/page')).body).toBe('ada')
  },

  'signs out: deletes the cookie, clears site data and ends the session': async ({
    client,
    otherClient,
  }) => {
    const token = await signIn(client)
    const response = await client.post('/sign-out')
    expect(response.status).toBe(303)
    expect(response.setCookies).toContain(expiredSession)
    expect(response.headers['clear-site-data']).toBe('"storage"')
    expect(response.headers['cache-control']).toBe('no-store')
    otherClient.cookies.set(cookieName, token)
    expect((await otherClient.send('/optional')).body).toBe('anonymous')
  },

  'writes nothing when a client without a session signs out': async ({ client, probe }) => {
    expect((await client.post('/sign-out')).status).toBe(303)
    expect(probe.storeCalls).toEqual([])
  },

  'redirects an ended session to sign-in once, with the reason, and deletes the cookie': async ({
    client,
    clock,
  }) => {
    await signIn(client)
    clock.advance(31 * 60_000)
    const ended = await client.send('/page?tab=2')
    expect(ended.status).toBe(303)
    expect(ended.headers.location).toBe('/login?error=session_expired&next=%2Fpage%3Ftab%3D2')
    expect(ended.setCookies).toEqual([expiredSession])
    expect((await client.send('/page')).headers.location).toBe('/login?next=%2Fpage')
  },

  'responds 401 with a challenge on the API': async ({ client }) => {
    const response = await client.send('/api/session')
    expect(response.status).toBe(401)
    expect(response.headers['www-authenticate']).toBe('Bearer')
    expect(JSON.parse(response.body)).toMatchObject({ error: { code: 'sign_in_required' } })
  },

  'redirects a form to sign-in with next from its Referer, if it is same-origin': async ({
    client,
  }) => {
    const post = (referer: string) =>
      client.send('/page', { method: 'POST', headers: [['Referer', referer]] })
    const own = await post('https://coatcheck.example/page?edit=1')
    expect(own.headers.location).toBe('/login?next=%2Fpage%3Fedit%3D1')
    const foreign = await post('https://evil.example/page')
    expect(foreign.headers.location).toBe('/login?next=%2F')
  },

  'rejects the old token and the old CSRF token after a rotation': async ({
    client,
    otherClient,
  }) => {
    const old = await signIn(client)
    const oldCsrf = await client.csrfToken()
    expect((await client.post('/rotate')).status).toBe(200)
    expect(client.cookies.get(cookieName)).not.toBe(old)
    const headers = [
      ['X-CSRF-Token', oldCsrf],
      ['Sec-Fetch-Site', 'same-origin'],
    ] as const
    expect((await client.send('/echo', { method: 'POST', headers })).status).toBe(403)
    expect((await client.send('/page')).body).toBe('ada')
    otherClient.cookies.set(cookieName, old)
    expect((await otherClient.send('/optional')).body).toBe('anonymous')
  },

  'shows a flash once, with and without a session': async ({ client }) => {
    const greeting = [{ kind: 'success', message: 'Grüße; "quoted", \u{1f44b}' }]
    for (const visit of ['anonymous', 'signed in']) {
      if (visit === 'signed in') await signIn(client)
      await client.post('/flash')
      expect(JSON.parse((await client.send('/flashes')).body)).toEqual(greeting)
      expect(JSON.parse((await client.send('/flashes')).body)).toEqual([])
    }
  },
})
