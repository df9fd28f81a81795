import { describe, expect, it } from 'vitest'
import { shorten } from './support/api.ts'
import { aBrowser, aSignedInBrowser, textOf } from './support/browser.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

describe.each(databases)('creating links on %s', (kind) => {
  const opened = useApp(kind)

  it('shows the short link, a copy button and its QR code', async () => {
    const browser = await aSignedInBrowser(opened())
    const answer = await browser.submit('/create', {
      original_url: 'https://dest.test/a?b=c&d=<e>',
      short_code: 'first-link',
      expires_at: '2026-02-01T10:00',
    })
    expect([answer.status, answer.location]).toEqual([303, '/links/first-link'])
    const shown = await browser.open('/links/first-link')
    expect(shown.body).toContain('href="http://localhost:8080/first-link"')
    expect(shown.body).toContain('data-copy="http://localhost:8080/first-link"')
    expect(shown.body).toMatch(
      /role="img" aria-label="QR code for localhost:8080\/first-link"><svg/,
    )
    expect(textOf(shown)).toContain('Expires 1 Feb 2026, 10:00 UTC')
    expect(textOf(shown)).toContain('Destination: https://dest.test/a?b=c&d=%3Ce%3E')
  })

  it('generates a short code if none is given, and accepts missing optional fields', async () => {
    const browser = await aSignedInBrowser(opened())
    const answer = await browser.submit('/create', { original_url: 'https://dest.test/x' })
    const shown = await browser.open(answer.location ?? '')
    expect(shown.body).toMatch(/data-copy="http:\/\/localhost:8080\/[2-9a-hjkmnp-z]{7}"/)
    expect(textOf(shown)).toContain('Expires Never')
  })

  it('shows the problem at each field, keeps the input and creates nothing', async () => {
    const browser = await aSignedInBrowser(opened())
    const before = await opened().storage.query('SELECT id FROM links')
    const answer = await browser.submit('/create', {
      original_url: 'javascript:alert("x")',
      short_code: 'a~b',
      expires_at: '2026-01-01T00:00',
    })
    expect(answer.status).toBe(400)
    for (const field of ['original_url', 'short_code', 'expires_at']) {
      expect(answer.body).toContain(`id="${field}-problem"`)
    }
    expect(answer.body).toContain('value="javascript:alert(&quot;x&quot;)"')
    expect(await opened().storage.query('SELECT id FROM links')).toEqual(before)
  })

  it('answers 409 for a short code in use by anyone and 400 for reserved words', async () => {
    const browser = await aSignedInBrowser(opened())
    const other = await aSignedInBrowser(opened())
    const code = `taken-${kind}`
    await shorten(browser, { original_url: 'https://dest.test/', short_code: code })
    const unavailable = { original_url: 'https://else.test/', short_code: code }
    expect((await other.submit('/create', unavailable)).status).toBe(409)
    for (const term of ['login', 'LogIn', 'api', 'health', 'Settings', 'metrics']) {
      const answer = await browser.submit('/create', { ...unavailable, short_code: term })
      expect([term, answer.status]).toEqual([term, 400])
    }
  })

  it('rejects codes that look official; a link that has one already keeps working', async () => {
    const app = opened()
    const browser = await aSignedInBrowser(app)
    const destination = { original_url: 'https://dest.test/old' }
    for (const code of ['log-in', 'session', 'L0gin']) {
      const rejected = await browser.submit('/create', { ...destination, short_code: code })
      expect([code, rejected.status]).toEqual([code, 400])
      const api = await browser.call('POST', '/api/urls', { ...destination, short_code: code })
      expect([code, api.status]).toEqual([code, 400])
    }
    // As an earlier release created it.
    await shorten(browser, { ...destination, short_code: 'older' })
    await app.storage.query(`UPDATE links SET short_code = 'log-in' WHERE short_code = 'older'`)
    expect((await app.send('/log-in')).location).toBe('https://dest.test/old')
    expect((await app.send('/log-in+')).status).toBe(200)
    const edited = { original_url: 'https://dest.test/new' }
    expect((await browser.submit('/links/log-in/edit', edited)).status).toBe(303)
    expect((await app.send('/log-in')).location).toBe('https://dest.test/new')
    expect((await app.send('/login')).status).toBe(200)
  })

  it('redirects anonymous visitors to sign-in and changes nothing', async () => {
    const before = await opened().fingerprint()
    const visitor = aBrowser(opened())
    expect((await visitor.open('/create')).location).toBe('/login?next=%2Fcreate')
    const posted = await visitor.submit(
      '/create',
      { original_url: 'https://a.test' },
      { on: '/login' },
    )
    expect(posted.location).toBe('/login?next=%2F')
    expect(await opened().fingerprint()).toBe(before)
  })
})
