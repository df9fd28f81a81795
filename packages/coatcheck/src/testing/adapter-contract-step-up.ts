import { expect } from 'vitest'
import { minute, second } from '../domain/time.ts'
import { adapterCases } from './adapter-contract-case.ts'
import { asForm, fromOurPage } from './adapter-contract-client.ts'
import { signIn } from './adapter-contract-sessions.ts'

const session = '__Host-session'

export const adapterStepUpCases = adapterCases('step-up', {
  'lets a session pass for 15 minutes after it was authenticated, to the millisecond': async ({
    browser,
    clock,
  }) => {
    await signIn(browser)
    clock.advance(15 * minute - 1)
    expect((await browser.send('/sensitive?a=b')).body).toBe('ada')
    clock.advance(1)
    const { status, headers } = await browser.send('/sensitive?a=b')
    expect([status, headers.location]).toEqual([303, '/reauthenticate?next=%2Fsensitive%3Fa%3Db'])
    expect(browser.cookies.has(session)).toBe(true)
    expect((await browser.send('/page')).body).toBe('ada')
  },

  'is not renewed by activity or by a rotation': async ({ browser, clock }) => {
    await signIn(browser)
    for (let minutes = 0; minutes < 15; minutes += 5) {
      clock.advance(5 * minute)
      await browser.send('/page')
    }
    await browser.post('/rotate')
    expect((await browser.send('/sensitive')).status).toBe(303)
  },

  'gives a new token, and lets the session pass again': async ({ browser, clock }) => {
    const before = await signIn(browser)
    clock.advance(20 * minute)
    const answer = await browser.post('/step-up')
    expect([answer.status, answer.headers.location]).toEqual([303, '/sensitive'])
    expect(browser.cookies.get(session)).not.toBe(before)
    expect((await browser.send('/sensitive')).body).toBe('ada')
  },

  'leaves requests with the old secret alone, and does not let them pass': async ({
    browser,
    stranger,
    clock,
  }) => {
    stranger.cookies.set(session, await signIn(browser))
    clock.advance(20 * minute)
    await browser.post('/step-up')
    clock.advance(9 * second)
    expect((await stranger.send('/page')).body).toBe('ada')
    expect((await stranger.send('/sensitive')).status).toBe(303)
    expect((await browser.send('/sensitive')).body).toBe('ada')
  },

  'asks whoever sends a form to come back to the page that it was on': async ({
    browser,
    clock,
  }) => {
    await signIn(browser)
    clock.advance(20 * minute)
    const headers = [['Referer', 'https://coatcheck.example/settings?tab=2']] as const
    const answer = await browser.send('/sensitive', { method: 'POST', headers })
    expect(answer.headers.location).toBe('/reauthenticate?next=%2Fsettings%3Ftab%3D2')
  },

  'answers 403 on the API, and 401 to a stranger': async ({ browser, stranger, clock }) => {
    await signIn(browser)
    clock.advance(20 * minute)
    const sending = { method: 'DELETE', headers: [['Content-Type', 'application/json']] } as const
    const refused = await browser.send('/api/sensitive', sending)
    expect(refused.status).toBe(403)
    expect(JSON.parse(refused.body).error.code).toBe('recent_authentication_required')
    expect((await stranger.send('/api/sensitive', sending)).status).toBe(401)
    expect((await stranger.send('/sensitive')).headers.location).toMatch(/^\/login\?next=/)
  },

  'asks another network or browser too, however late the last one was, until it has stepped up':
    async ({ browser }) => {
      await signIn(browser)
      const agent = ['User-Agent', 'Another browser'] as const
      for (const elsewhere of [[agent], [['X-Forwarded-For', '203.0.113.7']]] as const) {
        expect((await browser.send('/page', { headers: elsewhere })).body).toBe('ada')
        const asked = await browser.send('/sensitive', { headers: elsewhere })
        expect([asked.status, asked.headers.location]).toEqual([
          303,
          '/reauthenticate?next=%2Fsensitive',
        ])
        const json = [...elsewhere, ['Content-Type', 'application/json']] as const
        const refused = await browser.send('/api/sensitive', { method: 'DELETE', headers: json })
        expect(refused.status).toBe(403)
        expect((await browser.send('/sensitive')).body).toBe('ada')

        const body = new URLSearchParams({ csrf_token: await browser.csrfToken() }).toString()
        const headers = [...elsewhere, ...asForm, ...fromOurPage]
        await browser.send('/step-up', { method: 'POST', headers, body })
        expect((await browser.send('/sensitive', { headers: elsewhere })).body).toBe('ada')
        expect((await browser.send('/sensitive')).body).toBe('ada')
      }
    },

  'is 503 when the store fails, and keeps the cookie': async ({ browser, watch }) => {
    await signIn(browser)
    watch.storeFails = true
    const { status, setCookies } = await browser.send('/sensitive')
    expect([status, setCookies]).toEqual([503, []])
  },
})
