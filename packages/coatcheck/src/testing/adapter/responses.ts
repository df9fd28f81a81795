import { expect } from 'vitest'
import { adapterCases } from './case.ts'
import { signIn } from './sessions.ts'

export const adapterResponseCases = adapterCases('responses', {
  'carry their cookies when the route throws, redirects or streams': async ({ client }) => {
    const expected = { '/throws': 500, '/redirects': 303, '/streams': 200, '/form': 200 }
    for (const [path, status] of Object.entries(expected)) {
      client.cookies.clear()
      const response = await client.send(path)
      expect([path, response.status]).toEqual([path, status])
      expect(response.setCookies).toHaveLength(2)
      for (const cookie of response.setCookies) {
        expect(cookie).toMatch(
          /^__Host-pre[a-z]*=[\w-]{43}\.[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
        )
      }
      expect(response.headers['cache-control']).toBe('no-store')
    }
  },

  'keep the headers that the route sets, except Cache-Control': async ({ client }) => {
    for (const path of ['/own-headers', '/own-headers/streams']) {
      client.cookies.clear()
      const { body, headers, setCookies } = await client.send(path)
      expect([path, body]).toEqual([path, 'with headers of its own'])
      expect(setCookies).toEqual([
        'theme=dark',
        'language=de',
        expect.stringMatching(/^__Host-pre[a-z]{12}=/),
        expect.stringMatching(/^__Host-pre=/),
      ])
      expect([headers['cache-control'], headers['x-route']]).toEqual(['no-store', 'its own'])
    }
  },

  'send the headers of GET for HEAD, and 304 without a body': async ({ client }) => {
    for (const [method, path, status] of [
      ['HEAD', '/form', 200],
      ['HEAD', '/own-headers', 200],
      ['GET', '/not-modified', 304],
    ] as const) {
      client.cookies.clear()
      const response = await client.send(path, { method })
      expect([path, response.status, response.body]).toEqual([path, status, ''])
      expect(response.setCookies.at(-1)).toMatch(/^__Host-pre=/)
      expect(response.headers['cache-control']).toBe('no-store')
    }
  },

  'have no-store once they depend on the session, even without a session': async ({ client }) => {
    expect((await client.send('/optional')).headers['cache-control']).toBe('no-store')
    await signIn(client)
    const response = await client.send('/optional')
    expect([response.headers['cache-control'], response.setCookies]).toEqual(['no-store', []])
  },

  'carry no headers of the library if the route does not use the session': async ({
    client,
    probe,
  }) => {
    await signIn(client)
    probe.storeCalls.length = 0
    const response = await client.send('/untouched')
    expect(response.setCookies).toEqual([])
    expect(response.headers['cache-control']).toBeUndefined()
    expect(probe.storeCalls).toEqual([])
  },

  'never repeat the session cookie after it was issued': async ({ client }) => {
    // A late response with the cookie would restore it after the sign-out.
    await signIn(client)
    for (const path of ['/page', '/form', '/optional', '/flashes', '/api/me']) {
      expect([path, (await client.send(path)).setCookies]).toEqual([path, []])
    }
  },

  'never read the store for requests without a session cookie': async ({ client, probe }) => {
    for (const path of ['/page', '/form', '/optional', '/flashes', '/api/me', '/nowhere']) {
      await client.send(path)
    }
    await client.post('/flash')
    await client.post('/echo')
    await client.send('/form', { headers: [['Cookie', 'other=1; __Host-sessions=2']] })
    expect(probe.storeCalls).toEqual([])
  },

  'read the store once, however often the route reads the session': async ({ client, probe }) => {
    await signIn(client)
    const token = await client.csrfToken()
    probe.storeCalls.length = 0
    const body = `csrf_token=${token}`
    const headers = [
      ['Sec-Fetch-Site', 'same-origin'],
      ['Content-Type', 'application/x-www-form-urlencoded'],
    ] as const
    expect((await client.send('/page', { method: 'POST', headers, body })).status).toBe(200)
    expect(probe.storeCalls).toEqual(['find'])
  },
})
