import { expect } from 'vitest'
import { adapterCases } from './adapter-contract-case.ts'
import { asForm, fromOurPage } from './adapter-contract-client.ts'
import { signIn } from './adapter-contract-sessions.ts'

export const adapterFailureCases = adapterCases('a store that fails', {
  'is 503 with Retry-After, and the cookie is kept': async ({ browser, watch }) => {
    const token = await signIn(browser)
    watch.storeFails = true
    const paths = ['/page', '/optional', '/unguarded', '/form', '/api/me', '/api/session']
    for (const path of paths) {
      const response = await browser.send(path)
      expect([path, response.status, response.setCookies]).toEqual([path, 503, []])
      expect(response.headers['retry-after']).toBe('5')
    }
    watch.storeFails = false
    expect(browser.cookies.get('__Host-session')).toBe(token)
    expect((await browser.send('/page')).body).toBe('ada')
  },

  'is never reported as a sign-out': async ({ browser, watch }) => {
    await signIn(browser)
    const body = `csrf_token=${await browser.csrfToken()}`
    const headers = [...asForm, ...fromOurPage]
    for (const failing of [true, 'end']) {
      watch.storeFails = failing
      const response = await browser.send('/sign-out', { method: 'POST', headers, body })
      expect([failing, response.status, response.setCookies]).toEqual([failing, 503, []])
      expect(response.headers['clear-site-data']).toBeUndefined()
    }
    watch.storeFails = false
    expect((await browser.send('/page')).body).toBe('ada')
  },

  'signs nobody in': async ({ browser, watch }) => {
    const body = `user=ada&csrf_token=${await browser.csrfToken()}`
    watch.storeFails = true
    const headers = [...asForm, ...fromOurPage]
    const response = await browser.send('/sign-in', { method: 'POST', headers, body })
    expect([response.status, response.setCookies]).toEqual([503, []])
  },

  'does not keep strangers and bearers out': async ({ browser, watch }) => {
    watch.storeFails = true
    expect((await browser.send('/optional')).body).toBe('nobody')
    const headers = [['Authorization', 'Bearer a-bearer-token-of-the-contract']] as const
    expect((await browser.send('/api/me', { headers })).body).toBe('the bearer')
  },
})
