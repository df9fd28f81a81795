import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { memoryFolder } from '../../../tools/testing/memory-folder.ts'
import { aBrowser, aSignedInBrowser, textOf } from './support/browser.ts'
import { proxied } from './support/open-app.ts'
import type { RawHeaders } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'

const logo = join(memoryFolder(), 'mjrwtf-test-logo.svg')
writeFileSync(logo, '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')

const branding = {
  SITE_NAME: 'Ada & "Co" <b>',
  SITE_LOGO: logo,
  SITE_ACCENT: '#c2185b',
  SITE_IMPRINT_URL: 'https://ada.test/imprint?a=1&b=2',
  SITE_PRIVACY_URL: 'https://ada.test/privacy',
  SECURITY_CONTACT: 'security@ada.test',
}

describe.each(databases)('branding on %s', (kind) => {
  const opened = useApp(kind, { env: branding })

  it('shows name, logo, accent and links of the operator on pages and errors', async () => {
    for (const path of ['/', '/login', '/nothing/here']) {
      const { body } = await opened().send(path)
      expect(body).toContain('Ada &amp; &quot;Co&quot; &lt;b&gt;</title>')
      expect(body).toContain('href="https://ada.test/imprint?a=1&amp;b=2"')
      expect(body).toContain('href="https://ada.test/privacy"')
      const logoPath = /<img src="(\/assets\/logo\.[\w-]+\.svg)" alt=""\/>/.exec(body)?.[1] ?? ''
      const image = await opened().send(logoPath)
      expect([image.status, image.headers['content-type']]).toEqual([200, 'image/svg+xml'])
      expect(image.headers['content-security-policy']).toMatch(/default-src 'none'.*sandbox/)
    }
    const { body } = await opened().send('/')
    const styles = /href="(\/assets\/styles[^"]+)"/.exec(body)?.[1] ?? ''
    expect((await opened().send(styles)).body).toContain('--accent: light-dark(#c2185b, ')
  })

  it('publishes favicon, robots.txt, security.txt and the change-password path, without a cookie', async () => {
    const app = opened()
    const get = (path: string) => app.send(path)
    const callsBefore = app.faults.calls.length
    expect((await get('/favicon.ico')).headers['content-type']).toBe('image/svg+xml')
    expect((await get('/robots.txt')).body).toContain('Disallow: /settings/\n')
    const contact = await get('/.well-known/security.txt')
    expect(contact.headers['content-type']).toBe('text/plain; charset=utf-8')
    const [, expires = ''] = /^Expires: (.+)$/m.exec(contact.body) ?? []
    expect(Date.parse(expires)).toBeGreaterThan(app.clock.now())
    expect(contact.body).toContain('Contact: mailto:security@ada.test\n')
    const change = await get('/.well-known/change-password')
    expect([change.status, change.location]).toEqual([303, '/settings/password'])
    for (const path of ['/favicon.ico', '/robots.txt', '/.well-known/security.txt']) {
      const head = await app.send(path, { method: 'HEAD' })
      expect([head.status, head.body, head.setCookies]).toEqual([200, '', []])
      const post = await app.send(path, { method: 'POST' })
      expect([post.status, post.headers.allow]).toEqual([405, 'GET, HEAD'])
    }
    expect(app.faults.calls.slice(callsBefore)).toEqual([])
  })

  it('leads a visitor who pastes a link of this site to its preview, and nowhere else', async () => {
    const check = (link: string) => opened().send(`/preview?link=${encodeURIComponent(link)}`)
    for (const link of [
      'menu',
      ' menu+ ',
      '/menu',
      'localhost:8080/menu',
      'http://localhost:8080/menu?a',
    ]) {
      const answer = await check(link)
      expect([link, answer.status, answer.location]).toEqual([
        link,
        303,
        'http://localhost:8080/menu+',
      ])
    }
    for (const link of [
      'https://evil.test/menu',
      '//evil.test',
      'javascript:alert(1)//',
      '/',
      '.',
    ]) {
      const { status, location } = await check(link)
      expect([link, status === 400 || location.startsWith('http://localhost:8080/')]).toEqual([
        link,
        true,
      ])
    }
    expect((await opened().send('/preview')).status).toBe(200)
  })
})

describe.each(databases)('an instance without branding on %s', (kind) => {
  const opened = useApp(kind)

  it('has an icon, and no security.txt', async () => {
    const icon = await opened().send('/favicon.ico')
    expect([icon.status, icon.headers['content-type']]).toEqual([200, 'image/x-icon'])
    expect((await opened().send('/.well-known/security.txt')).status).toBe(404)
  })

  it('says on a page what to set if it was opened at a private IP address', async () => {
    const at = (host: string) => opened().send('/login', { headers: [['Host', host]] })
    const page = await at('192.168.1.20:8080')
    expect(page.status).toBe(200)
    expect(textOf(page)).toContain('BASE_URL=http://192.168.1.20:8080')
    expect(textOf(page)).toContain('ALLOW_PLAIN_HTTP=on')
    expect(textOf(await at('nas.lan:8080'))).toContain('BASE_URL=https://nas.lan')
    expect((await at('localhost:8080')).body).not.toContain('BASE_URL')
  })

  it('repeats no public name under which a page was opened', async () => {
    const page = await opened().send('/login', { headers: [['Host', 'evil.test']] })
    expect(page.body).not.toContain('evil.test')
    expect(textOf(page)).toContain('set BASE_URL to the URL in your browser')
  })
})

describe.each(databases)('a host for short links alone on %s', (kind) => {
  const env = { ...proxied, SHORT_BASE_URL: 'https://s.test', SHORT_ROOT_URL: 'https://ada.test/' }
  const onShort: RawHeaders = [['Host', 's.test']]

  it('redirects its root, and serves only icon, robots.txt and security.txt besides', async () => {
    await using app = await anApp(kind, { env: { ...env, SECURITY_CONTACT: 'a@ada.test' } })
    const get = (path: string) => app.send(path, { headers: onShort })
    const root = await get('/')
    expect([root.status, root.location, root.setCookies]).toEqual([302, 'https://ada.test/', []])
    expect((await get('/robots.txt')).body).toBe('User-agent: *\nDisallow:\n')
    expect((await get('/favicon.ico')).status).toBe(200)
    expect((await get('/.well-known/security.txt')).status).toBe(200)
    expect((await get('/.well-known/change-password')).status).toBe(404)
    expect((await get('/nothing')).body).not.toContain('BASE_URL')
    expect((await app.send('/')).status).toBe(200)
  })
})

describe('a page for signed-in users', () => {
  it('names the site in its title', async () => {
    await using app = await anApp('sqlite', { env: { SITE_NAME: 'Ada' } })
    const browser = await aSignedInBrowser(app)
    expect((await browser.open('/dashboard')).body).toContain('· Ada</title>')
    expect((await aBrowser(app).open('/')).body).toContain('Ada turns long links')
  })
})

describe.each(databases)('plain http on a private IP address on %s', (kind) => {
  const baseUrl = 'http://192.168.1.20:8080'
  const opened = useApp(kind, { env: { BASE_URL: baseUrl, ALLOW_PLAIN_HTTP: 'on' } })

  it('signs in with cookies without Secure and prefix, and warns the administrator', async () => {
    const browser = await aSignedInBrowser(opened())
    const page = await browser.open('/settings/users')
    expect(textOf(page)).toContain('This site uses plain http')
    expect(page.headers['strict-transport-security']).toBeUndefined()
    expect(browser.cookies.get('session-dev')).toBe(browser.sessionCookie())
  })

  it('warns no visitor, and leads localhost to the IP address', async () => {
    expect((await opened().send('/login')).body).not.toContain('plain http')
    const local = await opened().send('/login', { headers: [['Host', 'localhost:8080']] })
    expect([local.status, local.location]).toEqual([307, `${baseUrl}/login`])
  })
})
