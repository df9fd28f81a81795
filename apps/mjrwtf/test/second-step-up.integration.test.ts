import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser, formType, fromOurPage, textOf } from './support/browser.ts'
import type { TestApp } from './support/open-app.ts'
import { addPasskey, openPasskeyForm, sendPasskeyForm } from './support/passkeys.ts'
import { anAccountWithAuthenticator, aTrustedBrowser, sendCode } from './support/second-factors.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'

const minute = 60_000

describe.each(databases)('step-up with second factors on %s', (kind) => {
  const opened = useApp(kind)
  const change = '/settings/password'

  async function aSignedInUser(app: TestApp) {
    const user = await anAccountWithAuthenticator(app)
    const browser = aBrowser(app)
    await browser.signIn(user.account)
    await sendCode(browser, user.authenticator)
    return { ...user, browser }
  }

  it('requires both factors within 15 minutes, in any order of use', async () => {
    const app = opened()
    const { account, authenticator, browser } = await aSignedInUser(app)
    expect((await browser.open(change)).status).toBe(200)
    app.clock.advance(15 * minute)
    const stale = await browser.open(change)
    expect(stale.location).toMatch(/^\/reauthenticate\?(level=2&)?next=%2Fsettings%2Fpassword$/)
    const page = await browser.open(stale.location)
    expect(page.body).toContain('name="password"')
    expect(page.body).toContain('autocomplete="one-time-code"')
    const code = authenticator.code()
    const fields = { method: 'authenticator', next: change }
    const password = { password: account.password }
    const texts = new Set<string>()
    for (const wrong of [
      { ...password, code: authenticator.wrongCode() },
      { password: 'x', code },
      password,
      { code },
    ]) {
      const answer = await browser.submit('/reauthenticate', { ...fields, ...wrong })
      expect([answer.status, answer.setCookies]).toEqual([401, []])
      texts.add(textOf(answer))
    }
    expect(texts.size).toBe(1)
    const done = await browser.submit('/reauthenticate', { ...fields, ...password, code })
    expect([done.status, done.location]).toEqual([303, change])
    expect((await browser.open(change)).status).toBe(200)
    expect((await browser.submit('/reauthenticate', { ...fields, ...password, code })).status).toBe(
      401,
    )
  })

  it('logs the same event whichever part was wrong', async () => {
    const app = opened()
    const { account, authenticator, browser } = await aSignedInUser(app)
    const log = () =>
      app.log().filter(({ event }) => /^(step-up|second-factor)-failed$/.test(String(event)))
    const before = log().length
    const fields = { method: 'authenticator', code: authenticator.wrongCode() }
    await browser.submit('/reauthenticate', { ...fields, password: account.password })
    await browser.submit('/reauthenticate', { ...fields, password: 'wrong' })
    const [first, other] = log()
      .slice(before)
      .map(({ at: _, time: __, requestId: ___, ...rest }) => rest)
    expect(first).toMatchObject({ event: 'step-up-failed', reason: 'wrong' })
    expect(first).toEqual(other)
  })

  it('refuses a password-only session of a user with an authenticator (63B 4.1.2.1, CS-MFA-2)', async () => {
    await using app = await anApp(kind, { env: { REQUIRE_SECOND_FACTOR: 'off' } })
    const user = await anAccountWithAuthenticator(app)
    const browser = await aTrustedBrowser(app, user)
    expect((await browser.signIn(user.account)).location).toBe('/dashboard')
    const [sessionId] = browser.sessionCookie().split('.')
    const api = await browser.call('DELETE', `/api/sessions/${sessionId}`)
    expect([api.status, api.body]).toEqual([403, expect.stringContaining('step_up_required')])
    const csrf_token = await browser.csrfToken('/create')
    for (const route of [
      '/settings/authenticators',
      '/settings/recovery-codes',
      '/settings/sessions/revoke-others',
    ]) {
      const body = new URLSearchParams({ csrf_token }).toString()
      const headers = [...formType, ...fromOurPage(app)]
      const answer = await browser.send(route, { method: 'POST', headers, body })
      expect([route, answer.status, answer.location.startsWith('/reauthenticate?level=2')]).toEqual(
        [route, 303, true],
      )
    }
    expect(await app.features.authenticators.list(user.account.id)).toHaveLength(1)
  })

  it('shares the counter of failures with the second step', async () => {
    await using app = await anApp(kind)
    const { account, authenticator, browser } = await aSignedInUser(app)
    const fields = { method: 'authenticator', password: account.password }
    for (let n = 0; n < 6; n += 1) {
      expect(
        (await browser.submit('/reauthenticate', { ...fields, code: authenticator.wrongCode() }))
          .status,
      ).toBe(401)
    }
    app.clock.advance(30_000)
    await browser.submit('/reauthenticate', { ...fields, code: authenticator.wrongCode() })
    const blocked = await browser.submit('/reauthenticate', {
      ...fields,
      code: authenticator.code(),
    })
    expect([blocked.status, blocked.headers['retry-after']]).toEqual([429, '2'])
    await browser.signIn(account)
    expect((await sendCode(browser, authenticator)).status).toBe(429)
  })

  it('keeps asking only for the password of a user without second factors', async () => {
    const app = opened()
    const account = await app.account()
    const browser = aBrowser(app)
    await browser.signIn(account)
    const page = await browser.open('/reauthenticate?level=2&next=/create')
    expect([page.status, page.body.includes('name="code"')]).toEqual([200, false])
    const { password } = account
    expect((await browser.submit('/reauthenticate', { password, next: '/create' })).location).toBe(
      '/create',
    )
  })

  it('accepts a passkey that verifies the user alone, and another one with the password', async () => {
    const app = opened()
    const account = await app.account()
    const browser = await aSignedInBrowser(app, account)
    const passkey = await addPasskey(app, browser, { hasCounter: false })
    app.clock.advance(15 * minute)
    const { location } = await browser.open(change)
    expect(location).toMatch(/^\/reauthenticate\?/)
    const verified = await openPasskeyForm(browser, location)
    const response = passkey.assert(verified.options)
    const done = await sendPasskeyForm(app, browser, { form: verified, response })
    expect([done.status, done.location]).toEqual([303, change])
    expect((await browser.open(change)).status).toBe(200)

    app.clock.advance(15 * minute)
    const form = await openPasskeyForm(browser, location)
    const unverified = passkey.assert(form.options, { flags: { uv: false } })
    const half = await sendPasskeyForm(app, browser, { form, response: unverified })
    expect(half.location).toBe('/reauthenticate?next=%2Fsettings%2Fpassword')
    expect((await browser.open(change)).status).toBe(303)
    const page = await browser.open(half.location)
    expect([page.body.includes('name="password"'), page.body.includes('name="code"')]).toEqual([
      true,
      false,
    ])
    expect(
      (await browser.submit('/reauthenticate', { password: 'wrong', next: change })).status,
    ).toBe(401)
    const { password } = account
    const last = await browser.submit('/reauthenticate', { password, next: change })
    expect([last.status, last.location]).toEqual([303, change])
    expect((await browser.open(change)).status).toBe(200)
  })
})
