import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser, textOf } from './support/browser.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

const password = 'lantern gravel oboe sixty'

describe.each(databases)('signing up on %s', (kind) => {
  const form = { email: 'new@users.test', password }

  it('is closed by default: page and POST answer 404, and no account is created', async () => {
    await using app = await anApp(kind)
    await app.account()
    const browser = aBrowser(app)
    const page = await browser.open('/signup')
    expect(page.status).toBe(404)
    expect(textOf(page)).toContain('Sign-up is closed on this site')
    expect((await browser.open('/signup?invite=x')).status).toBe(404)
    expect((await browser.submit('/signup', form, { on: '/login' })).status).toBe(404)
    expect(await app.storage.query('SELECT id FROM users')).toHaveLength(1)
  })

  it('creates an account and a session if open, and greets once', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'open' } })
    await app.account()
    app.leakDetector.addSecret(password, 'password')
    const browser = aBrowser(app)
    const answer = await browser.submit('/signup', form)
    expect([answer.status, answer.location]).toEqual([303, '/dashboard'])
    const dashboard = await browser.open('/dashboard')
    expect(textOf(dashboard)).toContain(
      'Welcome to mjr.wtf. Your account is ready. We sent a confirmation link to new@users.test',
    )
    expect(dashboard.body).not.toContain('href="/settings/invitations"')
  })

  it('does not promise an email if the server sends none', async () => {
    const env = { SIGNUP: 'open', BASE_URL: 'https://mjr.test', TRUSTED_PROXIES: '127.0.0.1' }
    await using app = await anApp(kind, { env })
    await app.account()
    const browser = aBrowser(app)
    await browser.submit('/signup', form)
    const greeting = textOf(await browser.open('/dashboard'))
    expect(greeting).toContain('Your account is ready.')
    expect(greeting).not.toContain('confirmation link')
  })

  it('shows the problem at each field, keeps the email, clears the password (V6.2.1, V6.2.4)', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'open' } })
    await app.account('taken@users.test')
    const browser = aBrowser(app)
    const rejections = [
      { email: 'nonsense', password, problem: 'email-problem' },
      { email: 'TAKEN@users.test', password, problem: 'email-problem' },
      { email: 'new@users.test', password: 'x'.repeat(14), problem: 'password-problem' },
      { email: 'new@users.test', password: 'passwordpassword', problem: 'password-problem' },
      { email: 'new@users.test', password: 'new@users.test!', problem: 'password-problem' },
      { email: 'new@users.test', password: 'b7!'.repeat(342), problem: 'password-problem' },
    ]
    for (const { problem, ...fields } of rejections) {
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

  it('accepts passwords of 15 to 1024 code points, astral ones included (63B 3.1.1.2)', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'open' } })
    await app.account()
    const attempt = [
      ['rqzvkwmtyhpxbg', 400],
      ['🦊🐻🐼🐨🐯🦁🐮🐷', 400],
      ['🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧🐦🐤🦆', 303],
      ['rqzvkwmtyhpxbgd', 303],
      ['rq zvkwm'.repeat(128), 303],
      [`${'rq zvkwm'.repeat(128)}x`, 400],
    ] as const
    for (const [n, [requested, status]] of attempt.entries()) {
      const answer = await aBrowser(app).submit('/signup', {
        email: `n${n}@users.test`,
        password: requested,
      })
      expect([n, answer.status]).toEqual([n, status])
    }
  })

  it('one invite creates one account, also concurrently; only the operator may invite', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'invite' } })
    const operator = await aSignedInBrowser(app)
    const created = await operator.submit('/settings/invitations')
    const [, code = ''] = /signup\?invite=([A-Za-z0-9_-]+)/.exec(created.body) ?? []
    app.leakDetector.addSecret(code, 'code')
    expect(created.status).toBe(200)
    expect((await aBrowser(app).open(`/signup?invite=${code}`)).status).toBe(200)
    expect(await app.storage.dump()).not.toContain(code)

    expect((await aBrowser(app).open('/signup')).status).toBe(404)
    const guessed = await aBrowser(app).open('/signup?invite=made-up')
    expect(guessed.status).toBe(404)
    expect(textOf(guessed)).toContain('This invitation is no longer valid')
    const answers = await Promise.all(
      [1, 2, 3, 4, 5].map((n) =>
        aBrowser(app).submit(
          '/signup',
          { invite: code, email: `guest${n}@users.test`, password },
          // The page itself is unavailable as soon as one of them has succeeded.
          { on: '/login' },
        ),
      ),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([303, 404, 404, 404, 404])
    expect((await aBrowser(app).open(`/signup?invite=${code}`)).status).toBe(404)

    const guest = await aSignedInBrowser(app)
    expect((await guest.open('/settings/invitations')).status).toBe(404)
    expect((await guest.submit('/settings/invitations', {}, { on: '/create' })).status).toBe(404)
  })

  it('an invite expires after 7 days', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'invite' } })
    const operator = await aSignedInBrowser(app)
    const created = await operator.submit('/settings/invitations')
    const [, path = ''] = /(\/signup\?invite=[A-Za-z0-9_-]+)/.exec(created.body) ?? []
    app.clock.advance(7 * 24 * 60 * 60_000 - 1)
    expect((await aBrowser(app).open(path)).status).toBe(200)
    app.clock.advance(1)
    expect((await aBrowser(app).open(path)).status).toBe(404)
  })
})
