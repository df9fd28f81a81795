import { describe, expect, it } from 'vitest'
import { aBrowser, type Browser, textOf } from './support/browser.ts'
import { type Account, openApp, type TestApp } from './support/open-app.ts'
import {
  anAccountWithAuthenticator,
  aTrustedBrowser,
  enrollAuthenticator,
  type Owner,
  sendCode,
} from './support/second-factors.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'

const minute = 60_000
const day = 24 * 60 * minute
const path = '/login/second-factor'
const secondStep = [303, path]

/** Not the administrator, who may not skip the second step. */
async function aUser(app: TestApp): Promise<Owner> {
  await app.account()
  return anAccountWithAuthenticator(app)
}

async function signIn(browser: Browser, account: Pick<Account, 'email' | 'password'>) {
  const { status, location } = await browser.signIn(account)
  return [status, location]
}

const trustCookie = (browser: Browser) => browser.cookies.get('trust-dev') ?? ''

describe.each(databases)('trusted browser on %s', (kind) => {
  const opened = useApp(kind, { env: { REQUIRE_SECOND_FACTOR: 'administrators' } })

  it('skips the second step for 30 days, with the password and level 1', async () => {
    const app = opened()
    const user = await aUser(app)
    const browser = await aTrustedBrowser(app, user)
    expect(await signIn(browser, user.account)).toEqual([303, '/dashboard'])
    expect((await browser.send('/api/session')).json()).toMatchObject({
      session: { assurance_level: 1 },
    })
    // Sensitive operations still ask for the factor, although the sign-in is recent.
    const sensitive = await browser.open('/settings/password')
    expect(sensitive.location).toBe('/reauthenticate?level=2&next=%2Fsettings%2Fpassword')
    const wrong = { email: user.account.email, password: 'wrong' }
    expect((await browser.signIn(wrong)).status).toBe(401)
    app.clock.advance(30 * day)
    expect(await signIn(browser, user.account)).toEqual(secondStep)
  })

  it('is offered unchecked, and without it the next sign-in has a second step', async () => {
    const app = opened()
    const { account, authenticator } = await aUser(app)
    const browser = aBrowser(app)
    await browser.signIn(account)
    expect((await browser.open(path)).body).toMatch(/name="trust_browser" value="on"\/?>/)
    await sendCode(browser, authenticator)
    expect(trustCookie(browser)).toBe('')
    expect(await signIn(browser, account)).toEqual(secondStep)
  })

  it('is not for another user, a copied id, a forged cookie or a wrong password', async () => {
    const app = opened()
    const [ann, bob] = [await aUser(app), await anAccountWithAuthenticator(app)]
    const browser = await aTrustedBrowser(app, ann)
    expect(await signIn(browser, bob.account)).toEqual(secondStep)
    const cookie = trustCookie(browser)
    const [content = '', signature = ''] = cookie.split('.')
    const text = Buffer.from(content, 'base64url').toString()
    const forged = Buffer.from(text.replace(ann.account.id, bob.account.id)).toString('base64url')
    for (const value of [content, `${forged}.${signature}`, `${content}.${signature.slice(1)}`]) {
      const thief = aBrowser(app)
      thief.cookies.set('trust-dev', value)
      expect(await signIn(thief, bob.account)).toEqual(secondStep)
      expect(await signIn(thief, ann.account)).toEqual(secondStep)
    }
    expect(await app.storage.dump()).not.toContain(secretIn(text))
    expect(await signIn(browser, ann.account)).toEqual([303, '/dashboard'])
  })

  it.each(['password', 'factor', 'sign-out everywhere', 'operator'])(
    'ends with a change by %s',
    async (change) => {
      const app = opened()
      const user = await aUser(app)
      const { account, authenticator } = user
      const browser = await aTrustedBrowser(app, user)
      let password = account.password
      if (change === 'factor') await enrollAuthenticator(app, account)
      if (change === 'sign-out everywhere') {
        await app.features.ownSessions.endAll({ userId: account.id, except: null })
      }
      if (change === 'operator') {
        const operator = await app.persistence.users.findOperator()
        if (operator === null) throw new Error('No operator.')
        await app.features.operator.endUserSessions({ operator, sessionId: null }, account.id)
      }
      if (change === 'password') {
        const other = aBrowser(app)
        await other.signIn(account)
        await sendCode(other, authenticator)
        password = `thimble orchard ${account.id}`
        app.leakDetector.addSecret(password, 'password')
        const fields = { current_password: account.password, new_password: password }
        expect((await other.submit('/settings/password', fields)).status).toBe(303)
      }
      app.clock.advance(1_000)
      expect(await signIn(browser, { ...account, password })).toEqual(secondStep)
    },
  )

  it('is listed with device and last use, and ended from the list of its own user only', async () => {
    const app = opened()
    const [ann, bob] = [await aUser(app), await anAccountWithAuthenticator(app)]
    const trusted = await aTrustedBrowser(app, ann)
    const [listed] = await app.features.signIn.trustedBrowsers.list(ann.account, [])
    const end = `/settings/sessions/browsers/${listed?.id}/revoke`

    const hers = aBrowser(app)
    await hers.signIn(ann.account)
    await sendCode(hers, ann.authenticator)
    const page = await hers.open('/settings/sessions')
    expect(textOf(page)).toMatch(/Trusted browsers .* Firefox on Linux .* Trusted until/)
    const his = aBrowser(app)
    await his.signIn(bob.account)
    await sendCode(his, bob.authenticator)
    expect((await his.submit(end, {}, { on: '/settings/sessions' })).status).toBe(404)
    expect(await signIn(trusted, ann.account)).toEqual([303, '/dashboard'])

    const ended = await hers.submit(end, {}, { on: '/settings/sessions' })
    expect([ended.status, ended.location]).toEqual([303, '/settings/sessions'])
    expect((await hers.submit(end, {}, { on: '/settings/sessions' })).status).toBe(404)
    expect(await signIn(trusted, ann.account)).toEqual(secondStep)
    const kinds = app.log().map(({ event }) => event)
    expect(kinds).toEqual(expect.arrayContaining(['browser-trusted', 'browser-trust-ended']))
  })

  it('has no effect once the policy requires a second factor of the user', async () => {
    await using app = await anApp(kind, { env: { REQUIRE_SECOND_FACTOR: 'off' } })
    const user = await aUser(app)
    const browser = await aTrustedBrowser(app, user)
    const env = { REQUIRE_SECOND_FACTOR: 'everyone' }
    await using strict = await openApp(app.storage, { env, clock: app.clock })
    const same = aBrowser(strict)
    same.cookies.set('trust-dev', trustCookie(browser))
    expect(await signIn(same, user.account)).toEqual(secondStep)
    expect(await signIn(browser, user.account)).toEqual([303, '/dashboard'])
  })

  it('is not possible for an administrator, whom the policy requires to have a factor', async () => {
    await using app = await anApp(kind, { env: { REQUIRE_SECOND_FACTOR: 'administrators' } })
    const { account, authenticator } = await anAccountWithAuthenticator(app)
    const browser = aBrowser(app)
    await browser.signIn(account)
    expect((await browser.open(path)).body).not.toContain('trust_browser')
    await sendCode(browser, authenticator, { trust_browser: 'on' })
    expect(trustCookie(browser)).toBe('')
    expect(await signIn(browser, account)).toEqual(secondStep)
  })
})

/** The secret in the text of the cookie. */
function secretIn(text: string): string {
  return /[\w-]{43}/.exec(text)?.[0] ?? 'none'
}
