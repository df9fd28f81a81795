import { describe, expect, it } from 'vitest'
import { createArgon2Hasher } from '../src/adapters/passwords/argon2-hasher.ts'
import { aBrowser, aSignedInBrowser, formType, fromOurPage, textOf } from './support/browser.ts'
import { createCheapPasswords } from './support/cheap-passwords.ts'
import type { TestApp } from './support/open-app.ts'
import { anApp, useApp } from './support/rooms.ts'
import { databases } from './support/storage.ts'

const password = 'lantern gravel oboe sixty'

async function aSetUpCode(app: TestApp): Promise<string> {
  const code = (await app.useCases.issueSetUpCode()) ?? ''
  app.witness.learn(code, 'code')
  app.witness.learn(password, 'password')
  return code
}

describe.each(databases)('making the first account on %s (V6.3.2, V6.4.1)', (kind) => {
  it('takes the setup code once, signs the person in, and is gone afterwards', async () => {
    await using app = await anApp(kind, { passwords: createArgon2Hasher() })
    const code = await aSetUpCode(app)
    const browser = aBrowser(app)
    const page = await browser.open(`/setup?code=${code}`)
    expect(page.status).toBe(200)
    expect(page.headers['referrer-policy']).toBe('strict-origin')
    const fields = { code, email: 'ann@people.test', password }

    const made = await browser.submit('/setup', fields)
    expect([made.status, made.location]).toEqual([303, '/dashboard'])
    expect(textOf(await browser.open('/dashboard'))).toContain('Welcome to mjr.wtf')
    expect(textOf(await browser.open('/dashboard'))).not.toContain('Welcome to mjr.wtf')

    const stranger = aBrowser(app)
    expect((await stranger.open(`/setup?code=${code}`)).status).toBe(404)
    expect((await stranger.submit('/setup', fields, { on: '/login' })).status).toBe(404)
    expect(await app.useCases.issueSetUpCode()).toBeNull()
    expect((await aBrowser(app).signIn(fields)).location).toBe('/dashboard')
  })

  it('lets exactly one of two people set the server up at once', async () => {
    await using app = await anApp(kind)
    const codes = [await aSetUpCode(app), await aSetUpCode(app)]
    const answers = await Promise.all(
      codes.map((code, n) =>
        aBrowser(app).submit(
          '/setup',
          { code, email: `p${n}@people.test`, password },
          { on: '/login' },
        ),
      ),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([303, 404])
    expect(await app.storage.query('SELECT id FROM users')).toHaveLength(1)
  })

  it('says that it is gone, not that the code was wrong, to whoever was a moment slower', async () => {
    await using app = await anApp(kind)
    const [first = '', second = ''] = [await aSetUpCode(app), await aSetUpCode(app)]
    const held = app.watch.hold('setUpCodes.has')
    const on = { on: '/login' }
    const fields = { email: 'slow@people.test', password }
    const slow = aBrowser(app).submit('/setup', { ...fields, code: second }, on)
    await held.reached
    const fast = { email: 'fast@people.test', password, code: first }
    expect((await aBrowser(app).submit('/setup', fast, on)).status).toBe(303)
    held.letGo()
    expect((await slow).status).toBe(404)
  })

  it('refuses a wrong, empty or expired setup code, field by field, and makes no account', async () => {
    await using app = await anApp(kind)
    const code = await aSetUpCode(app)
    const browser = aBrowser(app)
    const fields = { email: 'ann@people.test', password }
    for (const wrong of ['', 'wrong', code.slice(1), code.toUpperCase()]) {
      const answer = await browser.submit('/setup', { ...fields, code: wrong })
      expect(answer.status).toBe(400)
      expect(answer.body).toContain('id="code-problem"')
      expect(answer.body).not.toContain(password)
    }
    app.clock.advance(24 * 60 * 60_000)
    expect((await browser.submit('/setup', { ...fields, code })).status).toBe(400)
    expect(await app.storage.query('SELECT id FROM users')).toEqual([])
  })

  it('has no account, and lets nobody sign in or up, before it is set up (V6.3.2)', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'open' } })
    expect(await app.storage.query('SELECT id FROM users')).toEqual([])
    const browser = aBrowser(app)
    expect((await browser.open('/signup')).status).toBe(404)
    expect((await browser.signIn({ email: 'admin', password: 'admin' })).status).toBe(401)
    expect(textOf(await browser.open('/'))).toContain('No account exists yet')
  })
})

describe.each(databases)('signing up on %s', (kind) => {
  const form = { email: 'new@people.test', password }

  it('is closed unless the operator opens it: page and POST are 404, and no account is made', async () => {
    await using app = await anApp(kind)
    await app.account()
    const browser = aBrowser(app)
    expect((await browser.open('/signup')).status).toBe(404)
    expect((await browser.submit('/signup', form, { on: '/login' })).status).toBe(404)
    expect(await app.storage.query('SELECT id FROM users')).toHaveLength(1)
  })

  it('makes an account and a session where it is open, and greets once', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'open' } })
    await app.account()
    app.witness.learn(password, 'password')
    const browser = aBrowser(app)
    const answer = await browser.submit('/signup', form)
    expect([answer.status, answer.location]).toEqual([303, '/dashboard'])
    const dashboard = await browser.open('/dashboard')
    expect(textOf(dashboard)).toContain('Welcome to mjr.wtf. Your account is ready.')
    expect(dashboard.body).not.toContain('href="/invites"')
  })

  it('names what is wrong with each field, keeps the address and forgets the password (V6.2.1, V6.2.4)', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'open' } })
    await app.account('taken@people.test')
    const browser = aBrowser(app)
    const refusals = [
      { email: 'nonsense', password, problem: 'email-problem' },
      { email: 'TAKEN@people.test', password, problem: 'email-problem' },
      { email: 'new@people.test', password: 'x'.repeat(14), problem: 'password-problem' },
      { email: 'new@people.test', password: 'passwordpassword', problem: 'password-problem' },
      { email: 'new@people.test', password: 'new@people.test!', problem: 'password-problem' },
      { email: 'new@people.test', password: 'b7!'.repeat(342), problem: 'password-problem' },
    ]
    for (const { problem, ...fields } of refusals) {
      const answer = await browser.submit('/signup', fields)
      expect([fields.password.slice(0, 20), answer.status]).toEqual([
        fields.password.slice(0, 20),
        400,
      ])
      expect(answer.body).toContain(`id="${problem}"`)
      expect(answer.body).toContain(`value="${fields.email}"`)
      expect(answer.body).not.toContain(`"${fields.password}"`)
    }
    expect(await app.storage.query('SELECT id FROM users')).toHaveLength(1)
  })

  it('accepts 15 code points, astral ones too, and refuses 14 and 1025 (63B 3.1.1.2)', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'open' } })
    await app.account()
    const tries = [
      ['rqzvkwmtyhpxbg', 400],
      ['🦊🐻🐼🐨🐯🦁🐮🐷', 400],
      ['🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧🐦🐤🦆', 303],
      ['rqzvkwmtyhpxbgd', 303],
      ['rq zvkwm'.repeat(128), 303],
      [`${'rq zvkwm'.repeat(128)}x`, 400],
    ] as const
    for (const [n, [wanted, status]] of tries.entries()) {
      const answer = await aBrowser(app).submit('/signup', {
        email: `n${n}@people.test`,
        password: wanted,
      })
      expect([n, answer.status]).toEqual([n, status])
    }
  })

  it('lets one invite make one account, however many try at once, and the operator alone invites', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'invite' } })
    const operator = await aSignedInBrowser(app)
    const made = await operator.submit('/invites')
    const [, code = ''] = /signup\?invite=([A-Za-z0-9_-]+)/.exec(made.body) ?? []
    app.witness.learn(code, 'code')
    expect(made.status).toBe(200)
    expect((await aBrowser(app).open(`/signup?invite=${code}`)).status).toBe(200)
    expect(await app.storage.dump()).not.toContain(code)

    expect((await aBrowser(app).open('/signup')).status).toBe(404)
    expect((await aBrowser(app).open('/signup?invite=made-up')).status).toBe(404)
    const crowd = await Promise.all(
      [1, 2, 3, 4, 5].map((n) =>
        aBrowser(app).submit(
          '/signup',
          { invite: code, email: `guest${n}@people.test`, password },
          // The page itself goes as soon as one of them was first.
          { on: '/login' },
        ),
      ),
    )
    expect(crowd.map(({ status }) => status).toSorted()).toEqual([303, 404, 404, 404, 404])
    expect((await aBrowser(app).open(`/signup?invite=${code}`)).status).toBe(404)

    const guest = await aSignedInBrowser(app)
    expect((await guest.open('/invites')).status).toBe(404)
    expect((await guest.submit('/invites', {}, { on: '/create' })).status).toBe(404)
  })

  it('lets an invite expire after 7 days', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'invite' } })
    const operator = await aSignedInBrowser(app)
    const made = await operator.submit('/invites')
    const [, path = ''] = /(\/signup\?invite=[A-Za-z0-9_-]+)/.exec(made.body) ?? []
    app.clock.advance(7 * 24 * 60 * 60_000 - 1)
    expect((await aBrowser(app).open(path)).status).toBe(200)
    app.clock.advance(1)
    expect((await aBrowser(app).open(path)).status).toBe(404)
  })
})

describe.each(databases)('signing in on %s', (kind) => {
  const opened = useApp(kind)

  it('leads to the dashboard with a greeting that is shown once', async () => {
    const browser = await aSignedInBrowser(opened())
    const first = textOf(await browser.open('/dashboard'))
    expect(first).toContain(`Welcome back, ${browser.account.email}.`)
    expect(textOf(await browser.open('/dashboard'))).not.toContain('Welcome back')
  })

  it('leads to the path that was asked for before', async () => {
    const app = opened()
    const account = await app.account()
    const browser = aBrowser(app)
    const asked = await browser.open('/dashboard?limit=5&q=a%20b')
    expect(asked.status).toBe(303)
    expect(asked.location).toBe('/login?next=%2Fdashboard%3Flimit%3D5%26q%3Da%2520b')
    const page = await browser.open(asked.location)
    expect(page.body).toContain('name="next" value="/dashboard?limit=5&amp;q=a%20b"')
    const answer = await browser.signIn(account, { next: '/dashboard?limit=5&q=a%20b' })
    expect([answer.status, answer.location]).toEqual([303, '/dashboard?limit=5&q=a%20b'])
  })

  it('sets a cookie that the browser forgets, unless it is asked to remember (63B 5.1 b)', async () => {
    const app = opened()
    const account = await app.account()
    const shape =
      /^session-dev=[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Lax/
    const session = (cookies: readonly string[]) =>
      cookies.find((cookie) => cookie.startsWith('session-dev='))

    const plain = session((await aBrowser(app).signIn(account)).setCookies)
    expect(plain).toMatch(new RegExp(`${shape.source}$`))
    const remembered = session(
      (await aBrowser(app).signIn(account, { remember_me: 'on' })).setCookies,
    )
    expect(remembered).toMatch(new RegExp(`${shape.source}; Max-Age=2592000$`))
    const unasked = session((await aBrowser(app).signIn(account, { remember_me: 'no' })).setCookies)
    expect(unasked).toMatch(new RegExp(`${shape.source}$`))
  })

  it('answers a wrong password, an unknown address, nonsense and nothing with the same page (V6.3.8)', async () => {
    const app = opened()
    const account = await app.account('known@people.test')
    const attempts = [
      { email: account.email, password: 'wrong' },
      { email: 'known@people.tesu', password: account.password },
      { email: 'not an address at all', password: '' },
      { email: account.email, password: 'x'.repeat(5_000) },
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
    expect(pages[0]).toContain('Email and password do not match an account here.')
  })

  it('checks one password for each attempt, whether or not the account exists: the same work takes the same time (V6.3.8)', async () => {
    const cheap = createCheapPasswords()
    const checked: (string | null)[] = []
    await using app = await anApp(kind, {
      passwords: {
        hash: cheap.hash,
        check(candidate, kept) {
          checked.push(kept)
          return cheap.check(candidate, kept)
        },
      },
    })
    const account = await app.account()
    const attempts = [account.email, 'nobody@people.test', 'no address', '', 'x'.repeat(5_000)]
    for (const email of attempts) await aBrowser(app).signIn({ email, password: 'wrong' })
    await aBrowser(app).signIn({ email: account.email, password: 'x'.repeat(5_000) })
    expect(checked.map((kept) => kept === null)).toEqual([false, true, true, true, true, false])
  })

  it('names a field that no form of ours has, or that came twice, and looks nothing up', async () => {
    const app = opened()
    const browser = aBrowser(app)
    const csrf_token = await browser.csrfToken('/login')
    app.watch.calls.length = 0
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
    expect(app.watch.calls).toEqual([])
  })

  it('finds an account whatever the case of its address, and changes nothing about the password (V6.2.8)', async () => {
    const app = opened()
    const account = await app.account('Mixed.Case@people.test')
    const { password: right } = account
    const email = ' mixed.CASE@People.test '
    expect((await aBrowser(app).signIn({ email, password: right })).status).toBe(303)
    for (const wrong of [` ${right}`, `${right} `, right.toUpperCase(), right.slice(0, -1)]) {
      expect((await aBrowser(app).signIn({ email, password: wrong })).status).toBe(401)
    }
    await app.useCases.clearSignInAttempts(email)
  })

  it('matches a password in composed and decomposed spelling, and makes a better hash of an old one (V6.2.5, V11.4.2)', async () => {
    await using app = await anApp(kind, {
      env: { SIGNUP: 'open' },
      passwords: createArgon2Hasher({ memoryCost: 19_456, timeCost: 2, parallelism: 1 }),
    })
    await app.account()
    const composed = 'café résumé naïve über'.normalize('NFC')
    const form = { email: 'nfc@people.test', password: composed }
    expect((await aBrowser(app).submit('/signup', form)).status).toBe(303)
    const decomposed = { ...form, password: composed.normalize('NFD') }
    expect((await aBrowser(app).signIn(decomposed)).status).toBe(303)
    expect(await app.storage.dump()).toContain('$argon2id$v=19$m=19456,t=2,p=1$')
  })

  it('still works after 400 days: no password expires (V6.2.10)', async () => {
    await using app = await anApp(kind)
    const account = await app.account()
    app.clock.advance(400 * 24 * 60 * 60_000)
    expect((await aBrowser(app).signIn(account)).status).toBe(303)
  })

  it('shows the home page with the form to those who are signed in, and the way in to strangers', async () => {
    const app = opened()
    const stranger = await aBrowser(app).open('/')
    expect(stranger.body).toContain('href="/login"')
    expect(stranger.body).not.toContain('action="/create"')
    expect(stranger.setCookies).toEqual([])
    expect((await (await aSignedInBrowser(app)).open('/')).body).toContain('action="/create"')
  })
})

describe.each(databases)('signing out on %s (V7.4.1, CS-SM-16, V14.3.1)', (kind) => {
  const opened = useApp(kind)

  it('ends the session, expires its cookie and asks the browser to clear its cache and storage', async () => {
    const browser = await aSignedInBrowser(opened())
    const answer = await browser.submit('/logout', {}, { on: '/dashboard' })
    expect([answer.status, answer.location]).toEqual([303, '/'])
    expect(answer.setCookies).toContain(
      'session-dev=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
    )
    expect(answer.headers['clear-site-data']).toBe('"cache", "storage"')
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  it('answers GET /logout with 405 and Allow, and ends nothing', async () => {
    const browser = await aSignedInBrowser(opened())
    const answer = await browser.open('/logout')
    expect([answer.status, answer.headers.allow]).toEqual([405, 'POST'])
    expect((await browser.open('/dashboard')).status).toBe(200)
  })

  it('refuses the replayed cookie everywhere: 303 to the sign-in page with the cookie cleared, 401 on the API', async () => {
    const browser = await aSignedInBrowser(opened())
    const stolen = browser.sessionCookie()
    await browser.submit('/logout', {}, { on: '/dashboard' })
    const thief = aBrowser(opened())
    thief.cookies.set('session-dev', stolen)
    expect((await thief.send('/api/session')).status).toBe(401)
    const page = await thief.open('/dashboard')
    expect([page.status, page.location]).toEqual([
      303,
      '/login?error=session_expired&next=%2Fdashboard',
    ])
    expect(thief.sessionCookie()).toBe('')
    expect(textOf(await thief.open(page.location))).toContain('You have signed out.')
  })

  it('offers a POST form to sign out on every page for those who are signed in (V7.4.4)', async () => {
    const browser = await aSignedInBrowser(opened())
    await browser.call('POST', '/api/urls', {
      original_url: 'https://dest.test/',
      short_code: kind,
    })
    for (const path of ['/', '/dashboard', '/create', `/links/${kind}/edit`, '/links/none/edit']) {
      expect((await browser.open(path)).body).toContain('<form method="post" action="/logout">')
    }
  })
})

/** A page without what is different each time it is made. */
function masked(body: string, email: string): string {
  return body
    .replaceAll(/name="csrf_token" value="[^"]+"/g, 'csrf')
    .replaceAll(/nonce="[^"]+"/g, 'nonce')
    .replaceAll(`value="${email}"`, 'email')
}
