import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser, formType, fromOurPage, textOf } from './support/browser.ts'
import { createFastHasher } from './support/fast-hasher.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'
import { removePassword } from './support/without-password.ts'

describe.each(databases)('signing in on %s', (kind) => {
  const opened = useApp(kind)

  it('redirects to the dashboard with a greeting that is shown once', async () => {
    const browser = await aSignedInBrowser(opened())
    const first = textOf(await browser.open('/dashboard'))
    expect(first).toContain(`Welcome back, ${browser.account.email}.`)
    expect(textOf(await browser.open('/dashboard'))).not.toContain('Welcome back')
  })

  it('redirects to the path requested before', async () => {
    const app = opened()
    const account = await app.account()
    const browser = aBrowser(app)
    const pending = await browser.open('/dashboard?limit=5&q=a%20b')
    expect(pending.status).toBe(303)
    expect(pending.location).toBe('/login?next=%2Fdashboard%3Flimit%3D5%26q%3Da%2520b')
    const page = await browser.open(pending.location)
    expect(page.body).toContain('name="next" value="/dashboard?limit=5&amp;q=a%20b"')
    const answer = await browser.signIn(account, { next: '/dashboard?limit=5&q=a%20b' })
    expect([answer.status, answer.location]).toEqual([303, '/dashboard?limit=5&q=a%20b'])
  })

  it('sets a non-persistent cookie unless asked to remember (63B 5.1 b)', async () => {
    const app = opened()
    const account = await app.account()
    const pattern =
      /^session-dev=[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Lax/
    const session = (cookies: readonly string[]) =>
      cookies.find((cookie) => cookie.startsWith('session-dev='))

    const plain = session((await aBrowser(app).signIn(account)).setCookies)
    expect(plain).toMatch(new RegExp(`${pattern.source}$`))
    const remembered = session(
      (await aBrowser(app).signIn(account, { remember_me: 'on' })).setCookies,
    )
    expect(remembered).toMatch(new RegExp(`${pattern.source}; Max-Age=2592000$`))
    const notRemembered = session(
      (await aBrowser(app).signIn(account, { remember_me: 'no' })).setCookies,
    )
    expect(notRemembered).toMatch(new RegExp(`${pattern.source}$`))
  })

  it('answers any wrong credentials, also of a user without a password, the same (V6.3.8)', async () => {
    const app = opened()
    const account = await app.account('known@users.test')
    const passwordless = await removePassword(app, await app.account('fed@users.test'))
    const attempts = [
      passwordless,
      { email: passwordless.email, password: '' },
      { email: account.email, password: 'wrong' },
      { email: 'known@users.tesu', password: account.password },
      { email: 'not an email at all', password: '' },
      { email: account.email, password: 'x'.repeat(5_000) },
      { email: 'not\u0000an email', password: account.password },
      { email: '', password: '' },
    ]
    const pages: string[] = []
    for (const attempt of attempts) {
      const browser = aBrowser(app)
      const answer = await browser.signIn(attempt)
      expect(answer.status).toBe(401)
      expect(browser.sessionCookie()).toBe('')
      pages.push(masked(answer.body, attempt.email))
    }
    expect(new Set(pages).size).toBe(1)
    expect(pages[0]).toContain('Wrong email or password.')
  })

  it('checks one password per attempt, whether or not the account exists or has one (V6.3.8)', async () => {
    const fast = createFastHasher()
    const checked: (string | null)[] = []
    await using app = await anApp(kind, {
      passwordHasher: {
        hash: fast.hash,
        check(candidate, stored) {
          checked.push(stored)
          return fast.check(candidate, stored, null)
        },
      },
    })
    const account = await app.account()
    const passwordless = await removePassword(app, await app.account())
    const attempts = [
      account.email,
      passwordless.email,
      'nobody@users.test',
      'no email',
      '',
      'x'.repeat(5_000),
    ]
    for (const email of attempts) await aBrowser(app).signIn({ email, password: 'wrong' })
    await aBrowser(app).signIn({ email: account.email, password: 'x'.repeat(5_000) })
    const expected = [false, true, true, true, true, true, false]
    expect(checked.map((stored) => stored === null)).toEqual(expected)
  })

  it('rejects an unknown or repeated field by name, without a database query', async () => {
    const app = opened()
    const browser = aBrowser(app)
    const csrf_token = await browser.csrfToken('/login')
    app.faults.calls.length = 0
    for (const more of [
      'email=b',
      'is_operator=1',
      '__proto__=x',
      'constructor=x',
      'password[]=x',
    ]) {
      const body = `csrf_token=${csrf_token}&email=a&password=b&${more}`
      const headers = [...formType, ...fromOurPage(app)]
      const answer = await browser.send('/login', { method: 'POST', headers, body })
      expect([more, answer.status, answer.setCookies]).toEqual([more, 400, []])
      expect(answer.body).toContain(`<code>${more.split('=')[0]}</code>`)
    }
    expect(app.faults.calls).toEqual([])
  })

  it('matches the email case-insensitively and the password exactly (V6.2.8)', async () => {
    const app = opened()
    const account = await app.account('Mixed.Case@users.test')
    const { password: right } = account
    const email = ' mixed.CASE@Users.test '
    expect((await aBrowser(app).signIn({ email, password: right })).status).toBe(303)
    for (const wrong of [` ${right}`, `${right} `, right.toUpperCase(), right.slice(0, -1)]) {
      expect((await aBrowser(app).signIn({ email, password: wrong })).status).toBe(401)
    }
    await app.features.signIn.unlockAccount(email)
  })

  it('matches a password in composed and decomposed Unicode form (63B 3.1.1.2)', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'open' } })
    await app.account()
    const composed = 'café résumé naïve über'.normalize('NFC')
    const form = { email: 'nfc@users.test', password: composed }
    expect((await aBrowser(app).submit('/signup', form)).status).toBe(303)
    const decomposed = { ...form, password: composed.normalize('NFD') }
    expect((await aBrowser(app).signIn(decomposed)).status).toBe(303)
  })

  it('works after 400 days: passwords do not expire (V6.2.10)', async () => {
    await using app = await anApp(kind)
    const account = await app.account()
    app.clock.advance(400 * 24 * 60 * 60_000)
    expect((await aBrowser(app).signIn(account)).status).toBe(303)
  })

  it('the home page has a create form for users and a sign-in link for anonymous visitors', async () => {
    const app = opened()
    const visitor = await aBrowser(app).open('/')
    expect(visitor.body).toContain('href="/login"')
    expect(visitor.body).not.toContain('action="/create"')
    expect(visitor.setCookies).toEqual([])
    expect((await (await aSignedInBrowser(app)).open('/')).body).toContain('action="/create"')
  })
})

/** A page without the parts that differ in every response. */
function masked(body: string, email: string): string {
  return body
    .replaceAll(/name="csrf_token" value="[^"]+"/g, 'csrf')
    .replaceAll(/nonce="[^"]+"/g, 'nonce')
    .replaceAll(/name="passkey_challenge" value="[^"]+"/g, 'challenge')
    .replaceAll(/data-options="[^"]+"/g, 'options')
    .replaceAll(`value="${email}"`, 'email')
}
