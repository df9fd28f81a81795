import { SessionError } from 'coatcheck'
import { describe, expect, it } from 'vitest'
import { RepositoryError } from '../src/application/ports/repository-error.ts'
import { aBrowser, aSignedInBrowser } from './support/browser.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

const planted = 'planted detail: password=hunter2 host=10.1.2.3'

function failureOf(method: string): Error {
  const cause = new Error(planted)
  return method.startsWith('store.')
    ? new SessionError('store-unavailable', planted, { cause })
    : new RepositoryError(planted, { cause })
}

describe.each(databases)('log on %s (V16.2.5, CS-SM-10, CS-LOG-5)', (kind) => {
  it('contains no token, password or code of a full tour, and one line per request', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'invite' } })
    const code = (await app.features.accounts.issueSetUpCode()) ?? ''
    const password = 'lantern gravel oboe sixty'
    const browser = aBrowser(app)
    await browser.open(`/setup?code=${code}`)
    await browser.submit('/setup', { code, email: 'ann@users.test', password })
    const invited = await browser.submit('/settings/invitations')
    const [, invite = ''] = /signup\?invite=([A-Za-z0-9_-]+)/.exec(invited.body) ?? []
    await aBrowser(app).open(`/signup?invite=${invite}`)
    const token = browser.sessionCookie()
    await app.send(`/login?session=${token}`, {
      headers: [['Referer', `http://localhost:8080/setup?code=${code}`]],
    })
    await browser.signIn({ email: 'ann@users.test', password: 'a wrong password' })
    await browser.submit('/logout', {}, { on: '/dashboard' })
    app.faults.fail('users.findByEmail', () => failureOf('users.findByEmail'))
    await browser.signIn({ email: 'ann@users.test', password })
    app.faults.restore()

    const log = app.leakDetector.lines.join('')
    for (const secret of [
      code,
      password,
      invite,
      token,
      token.split('.')[1] ?? '',
      'a wrong password',
    ]) {
      expect(secret).not.toBe('')
      expect(log.includes(secret)).toBe(false)
    }
    expect(app.log().filter(({ msg }) => msg === 'request').length).toBeGreaterThan(12)
    expect(app.log().map(({ event }) => event)).toEqual(
      expect.arrayContaining(['session-created', 'session-revoked']),
    )
  })

  it('has one line of JSON per entry, whatever the user agent contains (V16.4.1)', async () => {
    await using app = await anApp(kind)
    const hostile = 'x","event":"session-created"}\t{"level":50} \u00a0\u0085 jndi:ldap://evil.test'
    await app.send('/login%0a%0d{"a":1}', { headers: [['User-Agent', hostile]] })
    await app.send('/dashboard', {
      headers: [
        ['User-Agent', hostile],
        ['Cookie', `session-dev=${'A'.repeat(22)}.${'A'.repeat(43)}`],
      ],
    })
    for (const line of app.leakDetector.lines) expect(line.trimEnd()).not.toMatch(/[\r\n]/)
    expect(app.log().filter(({ event }) => event === 'session-created')).toEqual([])
    expect(app.log().map(({ event }) => event)).toContain('token-rejected')
  })

  it('the leak detector fails on a planted secret, cookie or header', async () => {
    const app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    app.leakDetector.log(`{"token":"${browser.sessionCookie()}"}`)
    app.leakDetector.inspect('GET /planted', {
      status: 200,
      headers: {
        'x-powered-by': 'x',
        'x-content-type-options': 'nosniff',
        location: `/?t=${browser.sessionCookie()}`,
      },
      setCookies: ['session-dev=x; Path=/; Domain=evil.test'],
      body: `<p>${browser.account.password} ${browser.sessionCookie()}</p>`,
      location: '',
      json: () => null,
    })
    const findings = app.leakDetector.findings()
    for (const part of [
      'the log',
      'a header',
      'a page (token)',
      'a page (password)',
      'x-powered-by',
      'Domain',
      'framed',
      'cacheable',
    ]) {
      expect(findings.join('\n')).toContain(part)
    }
    await expect(app[Symbol.asyncDispose]()).rejects.toThrow(/leaks in responses/)
  })
})
