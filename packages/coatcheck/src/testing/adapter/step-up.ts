import { expect } from 'vitest'
import { minute, second } from '../../domain/time.ts'
import { adapterCases } from './case.ts'
import { formHeaders, sameOriginHeaders } from './client.ts'
import { signIn } from './sessions.ts'

const cookieName = '__Host-session'

export const adapterStepUpCases = adapterCases('step-up', {
  'is not required until 15 minutes after authentication, to the millisecond': async ({
    client,
    clock,
  }) => {
    await signIn(client)
    clock.advance(15 * minute - 1)
    expect((await client.send('/sensitive?a=b')).body).toBe('ada')
    clock.advance(1)
    const { status, headers } = await client.send('/sensitive?a=b')
    expect([status, headers.location]).toEqual([303, '/reauthenticate?next=%2Fsensitive%3Fa%3Db'])
    expect(client.cookies.has(cookieName)).toBe(true)
    expect((await client.send('/page')).body).toBe('ada')
  },

  'is still required after activity and rotation': async ({ client, clock }) => {
    await signIn(client)
    for (let minutes = 0; minutes < 15; minutes += 5) {
      clock.advance(5 * minute)
      await client.send('/page')
    }
    await client.post('/rotate')
    expect((await client.send('/sensitive')).status).toBe(303)
  },

  'issues a new token and clears the requirement': async ({ client, clock }) => {
    const before = await signIn(client)
    clock.advance(20 * minute)
    const response = await client.post('/step-up')
    expect([response.status, response.headers.location]).toEqual([303, '/sensitive'])
    expect(client.cookies.get(cookieName)).not.toBe(before)
    expect((await client.send('/sensitive')).body).toBe('ada')
  },

  'leaves the replaced secret valid during its grace, without the step-up': async ({
    client,
    otherClient,
    clock,
  }) => {
    otherClient.cookies.set(cookieName, await signIn(client))
    clock.advance(20 * minute)
    await client.post('/step-up')
    clock.advance(9 * second)
    expect((await otherClient.send('/page')).body).toBe('ada')
    expect((await otherClient.send('/sensitive')).status).toBe(303)
    expect((await client.send('/sensitive')).body).toBe('ada')
  },

  'returns a form to the page it was on, by its Referer': async ({ client, clock }) => {
    await signIn(client)
    clock.advance(20 * minute)
    const headers = [['Referer', 'https://coatcheck.example/settings?tab=2']] as const
    const response = await client.send('/sensitive', { method: 'POST', headers })
    expect(response.headers.location).toBe('/reauthenticate?next=%2Fsettings%3Ftab%3D2')
  },

  'is a 403 on the API, and a 401 without a session': async ({ client, otherClient, clock }) => {
    await signIn(client)
    clock.advance(20 * minute)
    const request = { method: 'DELETE', headers: [['Content-Type', 'application/json']] } as const
    const refused = await client.send('/api/sensitive', request)
    expect(refused.status).toBe(403)
    expect(JSON.parse(refused.body).error.code).toBe('recent_authentication_required')
    expect((await otherClient.send('/api/sensitive', request)).status).toBe(401)
    expect((await otherClient.send('/sensitive')).headers.location).toMatch(/^\/login\?next=/)
  },

  'is required from another network or user agent until that client steps up': async ({
    client,
  }) => {
    await signIn(client)
    const agent = ['User-Agent', 'Another browser'] as const
    for (const otherHeaders of [[agent], [['X-Forwarded-For', '203.0.113.7']]] as const) {
      expect((await client.send('/page', { headers: otherHeaders })).body).toBe('ada')
      const redirected = await client.send('/sensitive', { headers: otherHeaders })
      expect([redirected.status, redirected.headers.location]).toEqual([
        303,
        '/reauthenticate?next=%2Fsensitive',
      ])
      const json = [...otherHeaders, ['Content-Type', 'application/json']] as const
      const refused = await client.send('/api/sensitive', { method: 'DELETE', headers: json })
      expect(refused.status).toBe(403)
      expect((await client.send('/sensitive')).body).toBe('ada')

      const body = new URLSearchParams({ csrf_token: await client.csrfToken() }).toString()
      const headers = [...otherHeaders, ...formHeaders, ...sameOriginHeaders]
      await client.send('/step-up', { method: 'POST', headers, body })
      expect((await client.send('/sensitive', { headers: otherHeaders })).body).toBe('ada')
      expect((await client.send('/sensitive')).body).toBe('ada')
    }
  },

  'responds 503 when the store fails, and keeps the cookie': async ({ client, probe }) => {
    await signIn(client)
    probe.storeFails = true
    const { status, setCookies } = await client.send('/sensitive')
    expect([status, setCookies]).toEqual([503, []])
  },
})
