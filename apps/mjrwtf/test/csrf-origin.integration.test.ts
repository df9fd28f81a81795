import { describe, expect, it } from 'vitest'
import { aSignedInBrowser, type Browser, formType } from './support/browser.ts'
import type { RawHeaders } from './support/send.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'
import { defaultBaseUrl } from './support/wire-app.ts'

const sameOrigin: RawHeaders = [['Sec-Fetch-Site', 'same-origin']]

/** Posts the create form with a valid token and exactly these headers. */
async function postForm(browser: Browser, headers: RawHeaders): Promise<number> {
  const csrf_token = await browser.csrfToken('/create')
  const body = new URLSearchParams({ csrf_token, original_url: 'https://dest.test' }).toString()
  const all = [...formType, ...headers]
  return (await browser.send('/create', { method: 'POST', headers: all, body })).status
}

describe.each(databases)('origin check of unsafe requests, on %s', (kind) => {
  const opened = useApp(kind)

  it('rejects cross-site and same-site by Sec-Fetch-Site, accepts same-origin (V3.5.1, FM-1)', async () => {
    const browser = await aSignedInBrowser(opened())
    const own: RawHeaders = [['Origin', defaultBaseUrl]]
    expect(await postForm(browser, sameOrigin)).toBe(303)
    for (const site of ['cross-site', 'same-site']) {
      // A matching Origin does not override it.
      for (const origin of [[], own]) {
        expect([site, await postForm(browser, [['Sec-Fetch-Site', site], ...origin])]).toEqual([
          site,
          403,
        ])
      }
    }
    for (const site of ['none', 'unknown', '']) {
      expect([site, await postForm(browser, [['Sec-Fetch-Site', site]])]).toEqual([site, 403])
      expect([site, await postForm(browser, [['Sec-Fetch-Site', site], ...own])]).toEqual([
        site,
        303,
      ])
    }
  })

  it('accepts safe methods from any site if they are navigations', async () => {
    const browser = await aSignedInBrowser(opened())
    for (const site of ['cross-site', 'same-site', 'same-origin', 'none']) {
      const headers: RawHeaders = [
        ['Sec-Fetch-Site', site],
        ['Sec-Fetch-Mode', 'navigate'],
        ['Sec-Fetch-Dest', 'document'],
      ]
      for (const method of ['GET', 'HEAD']) {
        expect((await browser.send('/dashboard', { method, headers })).status).toBe(200)
      }
    }
  })

  it('compares Origin or Referer with the configured origin, not Host (FM-2, FM-3, CS-CSRF-7)', async () => {
    const browser = await aSignedInBrowser(opened())
    const evil: RawHeaders = [
      ['Origin', 'https://evil.test'],
      ['Host', 'evil.test'],
      ['X-Forwarded-Host', 'evil.test'],
    ]
    const rejected: readonly RawHeaders[] = [
      [],
      evil,
      [['Origin', 'null']],
      [['Origin', '']],
      [['Origin', 'http://localhost:8081']],
      [['Origin', 'https://localhost:8080']],
      [['Origin', 'http://localhost:8080.evil.test']],
      [['Origin', 'http://LOCALHOST:8080/']],
      [['Origin', `${defaultBaseUrl} https://evil.test`]],
      [
        ['Origin', defaultBaseUrl],
        ['Origin', 'https://evil.test'],
      ],
      [
        ['Origin', 'null'],
        ['Referer', `${defaultBaseUrl}/create`],
      ],
      [['Origin', 'https://evil.test'], ...sameOrigin],
      [
        ['Origin', 'null'],
        ['Sec-Fetch-Site', 'cross-site'],
      ],
      [
        ['Origin', 'null'],
        ['Sec-Fetch-Site', 'none'],
      ],
      [['Referer', 'https://evil.test/http://localhost:8080/']],
      [['Referer', 'http://localhost:8080@evil.test/']],
      [['Referer', 'not a url']],
      [['Referer', '']],
    ]
    for (const headers of rejected) {
      expect([headers, await postForm(browser, headers)]).toEqual([headers, 403])
    }
    expect(await postForm(browser, [['Origin', defaultBaseUrl]])).toBe(303)
    // A hardened proxy adds `Referrer-Policy: no-referrer`.
    expect(await postForm(browser, [['Origin', 'null'], ...sameOrigin])).toBe(303)
    expect(await postForm(browser, [['Referer', `${defaultBaseUrl}/create`]])).toBe(303)
    expect(await postForm(browser, [['Referer', defaultBaseUrl]])).toBe(303)
  })

  it('applies to every form, and a rejection changes nothing', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    await browser.call('POST', '/api/urls', {
      original_url: 'https://dest.test',
      short_code: `frm-${kind}`,
    })
    await browser.open('/dashboard')
    const csrf_token = await browser.csrfToken('/create')
    const before = await app.fingerprint()
    const forms = [
      '/setup',
      '/signup',
      '/login',
      '/logout',
      '/create',
      `/links/frm-${kind}/edit`,
      `/links/frm-${kind}/delete`,
    ]
    for (const path of forms) {
      const body = new URLSearchParams({ csrf_token, original_url: 'https://evil.test' }).toString()
      const headers: RawHeaders = [
        ...formType,
        ['Origin', 'https://evil.test'],
        ['Sec-Fetch-Site', 'cross-site'],
      ]
      const foreign = await browser.send(path, { method: 'POST', headers, body })
      const bare = await browser.send(path, {
        method: 'POST',
        headers: [...formType, ...sameOrigin],
        body: 'a=b',
      })
      expect([path, foreign.status, bare.status]).toEqual([path, 403, 403])
      expect([...foreign.setCookies, ...bare.setCookies]).toEqual([])
    }
    expect(await app.fingerprint()).toBe(before)
    expect((await browser.send('/api/session')).status).toBe(200)
  })

  it('logs each rejection with its reason and without a token (V16.3.3)', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    await postForm(browser, [['Sec-Fetch-Site', 'cross-site']])
    await postForm(browser, [['Origin', 'null']])
    const own: RawHeaders = [...formType, ...sameOrigin]
    await browser.send('/create', { method: 'POST', headers: own, body: 'original_url=x' })
    await browser.send('/create', { method: 'POST', headers: own, body: 'csrf_token=wrong' })
    const events = app.log().filter(({ event }) => event === 'csrf-refused')
    expect(events.slice(-4).map(({ reason, path, method }) => [reason, path, method])).toEqual([
      ['cross-site', '/create', 'POST'],
      ['foreign-origin', '/create', 'POST'],
      ['token-missing', '/create', 'POST'],
      ['token-mismatch', '/create', 'POST'],
    ])
  })
})
