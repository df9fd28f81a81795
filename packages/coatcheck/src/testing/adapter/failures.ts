import { expect } from 'vitest'
import { adapterCases } from './case.ts'
import { formHeaders, sameOriginHeaders } from './client.ts'
import { signIn } from './sessions.ts'

export const adapterFailureCases = adapterCases('store failure', {
  'responds 503 with Retry-After and keeps the cookie': async ({ client, probe }) => {
    const token = await signIn(client)
    probe.storeFails = true
    const paths = ['/page', '/optional', '/unguarded', '/form', '/api/me', '/api/session']
    for (const path of paths) {
      const response = await client.send(path)
      expect([path, response.status, response.setCookies]).toEqual([path, 503, []])
      expect(response.headers['retry-after']).toBe('5')
    }
    probe.storeFails = false
    expect(client.cookies.get('__Host-session')).toBe(token)
    expect((await client.send('/page')).body).toBe('ada')
  },

  'is reported once, with its cause, whichever guard met it': async ({ client, probe }) => {
    await signIn(client)
    probe.storeFails = true
    for (const path of ['/page', '/optional', '/api/me']) await client.send(path)
    const reported = probe.events.filter(({ type }) => type === 'store-failed')
    expect(reported).toMatchObject([
      { code: 'store-unavailable', cause: 'The adapter contract made the store fail' },
    ])
  },

  'is never reported as a successful sign-out': async ({ client, probe }) => {
    await signIn(client)
    const body = `csrf_token=${await client.csrfToken()}`
    const headers = [...formHeaders, ...sameOriginHeaders]
    for (const failing of [true, 'end']) {
      probe.storeFails = failing
      const response = await client.send('/sign-out', { method: 'POST', headers, body })
      expect([failing, response.status, response.setCookies]).toEqual([failing, 503, []])
      expect(response.headers['clear-site-data']).toBeUndefined()
    }
    probe.storeFails = false
    expect((await client.send('/page')).body).toBe('ada')
  },

  'creates no session at sign-in': async ({ client, probe }) => {
    const body = `user=ada&csrf_token=${await client.csrfToken()}`
    probe.storeFails = true
    const headers = [...formHeaders, ...sameOriginHeaders]
    const response = await client.send('/sign-in', { method: 'POST', headers, body })
    expect([response.status, response.setCookies]).toEqual([503, []])
  },

  'does not affect anonymous visitors and bearer tokens': async ({ client, probe }) => {
    probe.storeFails = true
    expect((await client.send('/optional')).body).toBe('anonymous')
    const headers = [['Authorization', 'Bearer a-bearer-token-of-the-contract']] as const
    expect((await client.send('/api/me', { headers })).body).toBe('the bearer')
  },
})

export const adapterCloseCases = adapterCases('close', {
  'makes requests that arrive later get 503 with Retry-After, and keeps the cookie': async ({
    client,
    closeSessions,
  }) => {
    const token = await signIn(client)
    await closeSessions()
    const paths = ['/page', '/optional', '/sensitive', '/unguarded', '/api/me', '/api/session']
    for (const path of paths) {
      const response = await client.send(path)
      expect([path, response.status, response.setCookies]).toEqual([path, 503, []])
      expect(response.headers['retry-after']).toBe('5')
    }
    expect(client.cookies.get('__Host-session')).toBe(token)
  },

  'makes a request in flight get 503 with Retry-After, never a successful sign-out': async ({
    client,
    probe,
    closeSessions,
  }) => {
    await signIn(client)
    const body = `csrf_token=${await client.csrfToken()}`
    // The request has read its session; ending it comes after the close.
    probe.beforeStoreCall = async () => {
      probe.beforeStoreCall = null
      await closeSessions()
    }
    const headers = [...formHeaders, ...sameOriginHeaders]
    const response = await client.send('/sign-out', { method: 'POST', headers, body })
    expect([response.status, response.setCookies]).toEqual([503, []])
    expect(response.headers['retry-after']).toBe('5')
  },
})
