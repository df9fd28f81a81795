import { expect } from 'vitest'
import { second } from '../domain/time.ts'
import { adapterCases } from './adapter-contract-case.ts'
import type { ScenarioClient } from './adapter-contract-client.ts'

const session = '__Host-session'
const expiredSession =
  '__Host-session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0; ' +
  'Expires=Thu, 01 Jan 1970 00:00:00 GMT'

/** Signs in and returns the token. */
export async function signIn(browser: ScenarioClient, user = 'ada'): Promise<string> {
  const response = await browser.post('/sign-in', { user })
  expect(response.status).toBe(303)
  return browser.cookies.get(session) ?? ''
}

export const adapterSessionCases = adapterCases('sessions', {
  'signs in with one cookie that has every attribute and no Max-Age': async ({ browser }) => {
    const response = await browser.post('/sign-in', { user: 'ada' })
    const cookies = response.setCookies.filter((cookie) => cookie.startsWith(`${session}=`))
    expect(cookies).toHaveLength(1)
    expect(cookies[0]).toMatch(
      /^__Host-session=[\w-]{22}\.[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
    )
    expect(response.headers.location).toBe('/page')
    expect((await browser.send('/page')).body).toBe('ada')
  },

  'remembers for the absolute timeout when asked to': async ({ browser }) => {
    const response = await browser.post('/sign-in', { user: 'ada', remember: 'on' })
    const cookie = response.setCookies.find((each) => each.startsWith(`${session}=`))
    expect(cookie).toMatch(/; SameSite=Lax; Max-Age=2592000$/)
  },

  'expires the pre-session and flash cookies at sign-in': async ({ browser }) => {
    await browser.post('/flash')
    expect([...browser.cookies.keys()].sort()).toEqual(['__Host-flash', '__Host-pre'])
    await signIn(browser)
    expect([...browser.cookies.keys()]).toEqual([session])
  },

  'gives a new token at every sign-in and ends the presented one': async ({
    browser,
    stranger,
  }) => {
    const first = await signIn(browser)
    const second = await signIn(browser, 'grace')
    expect(second.split('.')[0]).not.toBe(first.split('.')[0])
    stranger.cookies.set(session, first)
    expect((await stranger.send('/optional')).body).toBe('nobody')
    expect((await browser.send('/optional')).body).toBe('grace')
  },

  'sends a request with a secret that was just replaced back to ask again': async ({
    browser,
    stranger,
    clock,
  }) => {
    const before = await signIn(browser)
    await browser.post('/rotate')
    stranger.cookies.set(session, before)
    const late = await stranger.send('/page?a=b')
    expect([late.status, late.headers.location, late.setCookies]).toEqual([303, '/page?a=b', []])
    expect((await stranger.send('/api/session')).status).toBe(401)
    expect((await browser.send('/page')).body).toBe('ada')
    clock.advance(10 * second)
    expect((await stranger.send('/page')).headers.location).toMatch(/error=session_expired/)
    expect((await browser.send('/optional')).body).toBe('nobody')
  },

  'signs out by a secret that was just replaced': async ({ browser, stranger }) => {
    const before = await signIn(browser)
    await browser.post('/rotate')
    stranger.cookies.set(session, before)
    await stranger.post('/sign-out')
    expect((await browser.send('/optional')).body).toBe('nobody')
  },

  'does not take over a planted session': async ({ browser, stranger }) => {
    const planted = await signIn(stranger, 'mallory')
    browser.cookies.set(session, planted)
    expect(await signIn(browser, 'ada')).not.toBe(planted)
    expect((await stranger.send('/optional')).body).toBe('nobody')
  },

  'signs in over a cookie that is garbage, or of nobody': async ({ browser, stranger, watch }) => {
    const token = await signIn(stranger)
    const unknown = `${'A'.repeat(22)}${token.slice(22)}`
    for (const planted of ['', 'garbage', '__proto__', unknown]) {
      browser.cookies.set(session, planted)
      expect(await signIn(browser)).toMatch(/^[\w-]{22}\.[\w-]{43}$/)
    }
    expect(watch.storeCalls.filter((call) => call === 'insert')).toHaveLength(5)
    expect((await stranger.send('/page')).body).toBe('ada')
  },

  'signs out: cookie expired, site data cleared, token dead': async ({ browser, stranger }) => {
    const token = await signIn(browser)
    const response = await browser.post('/sign-out')
    expect(response.status).toBe(303)
    expect(response.setCookies).toContain(expiredSession)
    expect(response.headers['clear-site-data']).toBe('"cache", "storage"')
    expect(response.headers['cache-control']).toBe('no-store')
    stranger.cookies.set(session, token)
    expect((await stranger.send('/optional')).body).toBe('nobody')
  },

  'writes nothing when a stranger signs out': async ({ browser, watch }) => {
    expect((await browser.post('/sign-out')).status).toBe(303)
    expect(watch.storeCalls).toEqual([])
  },

  'sends an ended session to sign-in once, says why and clears the cookie': async ({
    browser,
    clock,
  }) => {
    await signIn(browser)
    clock.advance(31 * 60_000)
    const ended = await browser.send('/page?tab=2')
    expect(ended.status).toBe(303)
    expect(ended.headers.location).toBe('/login?error=session_expired&next=%2Fpage%3Ftab%3D2')
    expect(ended.setCookies).toEqual([expiredSession])
    expect((await browser.send('/page')).headers.location).toBe('/login?next=%2Fpage')
  },

  'answers the API with 401 and a challenge instead': async ({ browser }) => {
    const response = await browser.send('/api/session')
    expect(response.status).toBe(401)
    expect(response.headers['www-authenticate']).toBe('Bearer')
    expect(JSON.parse(response.body)).toMatchObject({ error: { code: 'sign_in_required' } })
  },

  'sends a form back to the page it was on, never to another site': async ({ browser }) => {
    const post = (referer: string) =>
      browser.send('/page', { method: 'POST', headers: [['Referer', referer]] })
    const own = await post('https://coatcheck.example/page?edit=1')
    expect(own.headers.location).toBe('/login?next=%2Fpage%3Fedit%3D1')
    const foreign = await post('https://evil.example/page')
    expect(foreign.headers.location).toBe('/login?next=%2F')
  },

  'refuses the old token after a rotation, and CSRF tokens from before': async ({
    browser,
    stranger,
  }) => {
    const old = await signIn(browser)
    const oldCsrf = await browser.csrfToken()
    expect((await browser.post('/rotate')).status).toBe(200)
    expect(browser.cookies.get(session)).not.toBe(old)
    const headers = [
      ['X-CSRF-Token', oldCsrf],
      ['Sec-Fetch-Site', 'same-origin'],
    ] as const
    expect((await browser.send('/echo', { method: 'POST', headers })).status).toBe(403)
    expect((await browser.send('/page')).body).toBe('ada')
    stranger.cookies.set(session, old)
    expect((await stranger.send('/optional')).body).toBe('nobody')
  },

  'shows a flash once, to a stranger and to a user': async ({ browser }) => {
    const greeting = [{ kind: 'success', message: 'Grüße; "quoted", \u{1f44b}' }]
    for (const visit of ['anonymous', 'signed in']) {
      if (visit === 'signed in') await signIn(browser)
      await browser.post('/flash')
      expect(JSON.parse((await browser.send('/flashes')).body)).toEqual(greeting)
      expect(JSON.parse((await browser.send('/flashes')).body)).toEqual([])
    }
  },
})
