import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser, textOf } from './support/browser.ts'
import { linkFor, openedLink, requestPasswordReset } from './support/emails.ts'
import type { TestApp } from './support/open-app.ts'
import { digestOf, respondingWith, startRangeService } from './support/range-service.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

/** Acceptable except that it is known from a breach. */
const breached = 'café heron crosses the canal'
const fresh = 'lantern gravel oboe sixty'
const reason = 'has appeared in a data breach'

/** Every way to set a password, each with its own account. */
const submitEverywhere: Readonly<
  Record<string, (app: TestApp, password: string) => Promise<Attempt>>
> = {
  async 'at sign-up'(app, password) {
    await app.account()
    const email = `new-${password.length}@users.test`
    return attempt(await aBrowser(app).submit('/signup', { email, password }), 'password')
  },
  async 'at the change of a password'(app, password) {
    const browser = await aSignedInBrowser(app)
    const fields = { current_password: browser.account.password, new_password: password }
    return attempt(await browser.submit('/settings/password', fields), 'new_password')
  },
  async 'at a reset'(app, password) {
    const { email } = await app.account()
    await requestPasswordReset(app, email)
    const browser = await openedLink(app, await linkFor(app, email, 'reset-password'))
    return attempt(await browser.submit('/reset', { password }), 'password')
  },
  async 'at set-up'(app, password) {
    const code = (await app.features.accounts.issueSetUpCode()) ?? ''
    app.leakDetector.addSecret(code, 'code')
    const fields = { code, email: 'first@users.test', password }
    return attempt(await aBrowser(app).submit('/setup', fields), 'password')
  },
}

interface Attempt {
  readonly status: number
  /** Message at the field. */
  readonly problem: string
}

function attempt(answer: { readonly status: number; readonly body: string }, field: string) {
  const [, problem = ''] = new RegExp(`id="${field}-problem">([^<]+)<`).exec(answer.body) ?? []
  return { status: answer.status, problem }
}

function addTestPasswords(app: TestApp): void {
  for (const password of [breached, fresh]) app.leakDetector.addSecret(password, 'password')
}

const openSignUp = { env: { SIGNUP: 'open' } } as const

describe.each(databases)('breached passwords on %s (V6.2.12)', (kind) => {
  it.each(Object.entries(submitEverywhere))(
    'are rejected %s with the reason; others are accepted',
    async (_, setPassword) => {
      await using service = await startRangeService(respondingWith(breached.normalize('NFC')))
      const env = { SIGNUP: 'open', BREACHED_PASSWORDS: service.url }
      await using app = await anApp(kind, { env })
      addTestPasswords(app)
      const rejected = await setPassword(app, breached.normalize('NFD'))
      expect(rejected).toEqual({ status: 400, problem: expect.stringContaining(reason) })
      expect(await setPassword(app, fresh)).toMatchObject({ status: 303 })
      const prefixes = [breached.normalize('NFC'), fresh].map((each) => digestOf(each).slice(0, 5))
      expect(service.requests.map(({ url }) => url)).toEqual(
        prefixes.map((prefix) => `/range/${prefix}`),
      )
      expect(app.log().map(({ level }) => level)).not.toContain(40)
    },
  )

  it('are not checked unless the operator configures a range service', async () => {
    await using app = await anApp(kind, openSignUp)
    addTestPasswords(app)
    expect(await submitEverywhere['at sign-up']?.(app, breached)).toMatchObject({ status: 303 })
  })

  it.each(Object.entries(submitEverywhere))(
    'are accepted %s while the service is down, with a warning in the log',
    async (_, setPassword) => {
      await using service = await startRangeService((__, response) =>
        response.writeHead(500).end(breached),
      )
      const env = { SIGNUP: 'open', BREACHED_PASSWORDS: service.url }
      await using app = await anApp(kind, { env })
      addTestPasswords(app)
      expect(await setPassword(app, 'passwordpassword')).toMatchObject({ status: 400 })
      expect(await setPassword(app, breached)).toMatchObject({ status: 303 })
      const warnings = app.log().filter(({ level }) => level === 40)
      expect(warnings).toEqual([
        {
          level: 40,
          time: expect.anything(),
          reason: 'error-status',
          msg: 'breach check unavailable',
        },
      ])
    },
  )

  it('are not looked up for input that is rejected anyway, nor at sign-in', async () => {
    await using service = await startRangeService(respondingWith(breached))
    const env = { SIGNUP: 'open', BREACHED_PASSWORDS: service.url }
    await using app = await anApp(kind, { env })
    addTestPasswords(app)
    const browser = await aSignedInBrowser(app)
    const change = (from: string, to: string) =>
      browser.submit('/settings/password', { current_password: from, new_password: to })
    expect((await change('wrong', fresh)).status).toBe(403)
    const { password } = browser.account
    expect(textOf(await change(password, password))).toContain('Choose a password different')
    for (const weak of ['short', 'passwordpassword', 'x'.repeat(1_025)]) {
      expect((await change(password, weak)).status).toBe(400)
    }
    const form = { email: 'no address', password: fresh }
    expect((await aBrowser(app).submit('/signup', form)).status).toBe(400)
    await aBrowser(app).signIn({ email: browser.account.email, password: breached })
    expect(service.requests).toEqual([])
  })
})
