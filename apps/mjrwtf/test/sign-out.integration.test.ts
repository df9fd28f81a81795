import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser, textOf } from './support/browser.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'

describe.each(databases)('signing out on %s (V7.4.1, CS-SM-16, V14.3.1)', (kind) => {
  const opened = useApp(kind)

  it("ends the session, expires its cookie and clears the browser's storage", async () => {
    const browser = await aSignedInBrowser(opened())
    const answer = await browser.submit('/logout', {}, { on: '/dashboard' })
    expect([answer.status, answer.location]).toEqual([303, '/'])
    expect(answer.setCookies).toContain(
      'session-dev=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
    )
    expect(answer.headers['clear-site-data']).toBe('"storage"')
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  it('answers GET /logout with 405 and Allow, and ends nothing', async () => {
    const browser = await aSignedInBrowser(opened())
    const answer = await browser.open('/logout')
    expect([answer.status, answer.headers.allow]).toEqual([405, 'POST'])
    expect((await browser.open('/dashboard')).status).toBe(200)
  })

  it('rejects the replayed cookie: pages redirect and clear it, the API answers 401', async () => {
    const browser = await aSignedInBrowser(opened())
    const stolen = browser.sessionCookie()
    await browser.submit('/logout', {}, { on: '/dashboard' })
    const attacker = aBrowser(opened())
    attacker.cookies.set('session-dev', stolen)
    expect((await attacker.send('/api/session')).status).toBe(401)
    const page = await attacker.open('/dashboard')
    expect([page.status, page.location]).toEqual([
      303,
      '/login?error=session_expired&next=%2Fdashboard',
    ])
    expect(attacker.sessionCookie()).toBe('')
    expect(textOf(await attacker.open(page.location))).toContain('You signed out.')
  })

  it('every page has a POST form to sign out for signed-in users (V7.4.4)', async () => {
    const browser = await aSignedInBrowser(opened())
    await browser.call('POST', '/api/urls', {
      original_url: 'https://dest.test/',
      short_code: kind,
    })
    const routes = opened().routes.flatMap((route) => /^GET (\/.*)$/.exec(route)?.[1] ?? [])
    const paths = routes.map((route) => route.replace(':code', kind).replace(/:\w+/, 'none'))
    const pages: string[] = []
    const visitor = aBrowser(opened())
    // An event stream that stays open.
    for (const path of paths.filter((each) => each !== '/session/events')) {
      const { headers, body } = await browser.open(path)
      const isPage = /^text\/html/.test(headers['content-type'] ?? '')
      const redirectsToSignIn = /^\/login/.test((await visitor.open(path)).location)
      if (!isPage || (path !== '/' && !redirectsToSignIn)) continue
      pages.push(path)
      expect([path, body.includes('<form method="post" action="/logout">')]).toEqual([path, true])
    }
    for (const page of ['/', '/dashboard', '/settings/password', `/links/${kind}/edit`]) {
      expect(pages).toContain(page)
    }
  })
})
