import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser, type Browser } from './support/browser.ts'
import type { TestApp } from './support/open-app.ts'
import { type RawHeaders, sendRaw } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

const firefox: RawHeaders = [
  ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'],
]

async function aLink(browser: Browser, shortCode: string): Promise<void> {
  const body = { original_url: 'https://dest.test/', short_code: shortCode }
  expect((await browser.call('POST', '/api/urls', body)).status).toBe(201)
}

async function clicksOn(app: TestApp, browser: Browser, shortCode: string): Promise<unknown> {
  await app.flushClicks()
  return (await browser.send(`/api/urls/${shortCode}`)).json()
}

describe.each(databases)('prefetch requests, on %s', (kind) => {
  it('are redirected without counting a click', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    await aLink(browser, 'ahead')
    for (const prefetchHeader of [
      ['Sec-Purpose', 'prefetch'],
      ['Sec-Purpose', 'prefetch;prerender'],
      ['Purpose', 'prefetch'],
      ['X-Purpose', 'preview'],
      ['X-Moz', 'prefetch'],
    ] as const) {
      expect((await app.send('/ahead', { headers: [...firefox, prefetchHeader] })).status).toBe(302)
    }
    expect(await clicksOn(app, browser, 'ahead')).toMatchObject({ click_count: 0 })
    await app.send('/ahead', { headers: [...firefox, ['Sec-Purpose', 'something-else']] })
    expect(await clicksOn(app, browser, 'ahead')).toMatchObject({ click_count: 1 })
  })
})

describe.each(databases)('security events on %s (V16.3.1, V16.3.3)', (kind) => {
  const securityEvents = (app: TestApp) =>
    app
      .log()
      .filter(({ msg }) => msg === 'security event')
      .map(({ event, reason }) => (reason === undefined ? event : `${event}: ${reason}`))

  it('log each failed sign-in without the input', async () => {
    await using app = await anApp(kind)
    const account = await app.account()
    const browser = aBrowser(app)
    for (let times = 0; times < 7; times += 1) {
      await browser.signIn({ email: account.email, password: 'a wrong password' })
    }
    await browser.signIn({ email: 'typed-password@users.test', password: 'a wrong password' })
    expect(securityEvents(app)).toEqual([
      ...Array.from({ length: 6 }, () => 'sign-in-failed: wrong'),
      'sign-in-failed: throttled',
      'sign-in-failed: wrong',
    ])
    const [first] = app.log().filter(({ msg }) => msg === 'security event')
    expect(first).toMatchObject({ ipAddress: '127.0.0.1', requestId: expect.any(String) })
    const log = app.leakDetector.lines.join('')
    for (const input of [account.email, 'typed-password']) expect(log).not.toContain(input)
  })

  it('log wrong setup codes, closed sign-up and each new account', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'invite' } })
    const code = (await app.features.accounts.issueSetUpCode()) ?? ''
    const fields = { email: 'ann@users.test', password: 'lantern gravel oboe sixty' }
    const browser = aBrowser(app)
    await browser.submit('/setup', { ...fields, code: 'guessed' })
    await browser.submit('/setup', { ...fields, code })
    const visitor = aBrowser(app)
    await visitor.submit('/signup', { ...fields, invite: 'guessed' }, { on: '/login' })
    expect(securityEvents(app)).toEqual([
      'set-up-failed: wrong-code',
      'account-created',
      'sign-up-failed: closed',
    ])
  })
})

describe('client aborts', () => {
  it('are logged as 400, without an error or a stack', async () => {
    await using app = await anApp('sqlite', { env: { AUTH_TOKEN: 'a-shared-bearer-token' } })
    await aSignedInBrowser(app)
    const head = [
      'POST /csp-reports HTTP/1.1',
      `Host: ${app.host}`,
      'Content-Length: 1000',
      '',
      'half of it',
    ]
    await hangUpAfter(app.port, head.join('\r\n'))
    await expect.poll(() => app.log().find(({ path }) => path === '/csp-reports')?.status).toBe(400)
    expect(app.log().filter(({ msg }) => msg === 'request failed')).toEqual([])
  })
})

function hangUpAfter(port: number, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      // Delayed so that the server has started to read the request.
      socket.write(text, () => setTimeout(() => socket.resetAndDestroy(), 100))
    })
    socket.on('error', reject)
    socket.on('close', () => resolve())
  })
}

describe('slow request headers', () => {
  it('time out after 10 s, not later', async () => {
    await using app = await anApp('sqlite')
    const started = performance.now()
    const answer = await sendRaw(app.port, `GET / HTTP/1.1\r\nHost: ${app.host}\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(performance.now() - started).toBeLessThan(25_000)
  })
})

describe('dedicated short-link host', () => {
  const env = { SHORT_BASE_URL: 'https://s.test', BASE_URL: 'https://mjr.test' }

  it.each(['s.test', 'S.TEST', 's.test:443', 's.test.', 's.test.:443'])(
    'answers as %s',
    async (host) => {
      await using app = await anApp('sqlite', { env: { ...env, TRUSTED_PROXIES: '127.0.0.1' } })
      await aLink(await aSignedInBrowser(app), 'abc')
      const headers: RawHeaders = [['Host', host]]
      expect((await app.send('/abc', { headers })).status).toBe(302)
      expect((await app.send('/login', { headers })).status).toBe(404)
    },
  )

  it.each(['s.test:8443', 'evil.test', '.'])('does not answer as %s', async (host) => {
    await using app = await anApp('sqlite', { env: { ...env, TRUSTED_PROXIES: '127.0.0.1' } })
    await aLink(await aSignedInBrowser(app), 'abc')
    const { status } = await app.send('/abc', { headers: [['Host', host]] })
    expect([400, 404]).toContain(status)
  })
})

describe('path with a null character', () => {
  it('is 404 on every route, and never reaches PostgreSQL, which rejects it', async () => {
    await using app = await anApp('postgres')
    const browser = await aSignedInBrowser(app)
    const paths = app.routes.flatMap((route) => {
      const [method = '', path = ''] = route.split(' ')
      return method === 'POST' && path.includes('/:') ? [path.replace(/:\w+/, '%00')] : []
    })
    expect(paths.length).toBeGreaterThan(10)
    for (const path of paths) {
      const fields: Readonly<Record<string, string>> = path.endsWith('/rename') ? { name: 'a' } : {}
      const answer = await browser.submit(path, fields, { on: '/create' })
      expect([path, answer.status]).toEqual([path, 404])
    }
  })
})

describe('path with encoded characters', () => {
  it('is decoded once and matched as a short code, never as a page', async () => {
    await using app = await anApp('sqlite')
    await aLink(await aSignedInBrowser(app), 'ab_c')
    const statusOf = async (path: string) => (await app.send(path)).status
    for (const path of ['/ab_c', '/%61b%5Fc', '/%61%62%5f%63', '/AB_C', '/ab_c/', '/ab_c%2F']) {
      expect([path, await statusOf(path)]).toEqual([path, 302])
    }
    for (const path of ['/ab_c+', '/ab%5Fc+', '/ab%5fc%2B']) {
      expect([path, await statusOf(path)]).toEqual([path, 200])
    }
    const others = ['/%2561b_c', '/ab%255Fc', '/%2Fab_c', '/ab_c%00', '/ab%E0_c', '/ab%c']
    for (const path of [...others, '//ab_c', '/ab_c//x']) {
      expect([path, await statusOf(path)]).toEqual([path, 404])
    }
    expect((await app.send('/%6Cogin')).body).toContain('name="password"')
  })
})

describe('http request to an https origin', () => {
  it('gets no HSTS header, which only https may send (RFC 6797 section 7.2, HDR-9)', async () => {
    const env = { BASE_URL: 'https://mjr.test', TRUSTED_PROXIES: '127.0.0.1' }
    await using app = await anApp('sqlite', { env })
    await aLink(await aSignedInBrowser(app), 'abc')
    for (const path of [
      '/login',
      '/dashboard',
      '/abc',
      '/abc+',
      '/api/urls',
      '/health',
      '/ready',
    ]) {
      const hsts = async (proto: string) => {
        const { headers } = await app.send(path, { headers: [['X-Forwarded-Proto', proto]] })
        return 'strict-transport-security' in headers
      }
      expect([path, await hsts('https'), await hsts('http')]).toEqual([path, true, false])
    }
  })
})
