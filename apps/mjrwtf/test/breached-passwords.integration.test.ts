import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser, textOf } from './support/browser.ts'
import { forget, linkTo, opened } from './support/letters.ts'
import type { TestApp } from './support/open-app.ts'
import { aRangeService, digestOf, knowing } from './support/range-service.ts'
import { anApp } from './support/rooms.ts'
import { databases } from './support/storage.ts'

/** Nothing is wrong with it but that others have it. */
const breached = 'café heron crosses the canal'
const fresh = 'lantern gravel oboe sixty'
const reason = 'has come out in a data breach'

/** Every way to set a password, each on an account of its own. */
const ways: Readonly<Record<string, (app: TestApp, password: string) => Promise<Attempt>>> = {
  async 'at sign-up'(app, password) {
    await app.account()
    const email = `new-${password.length}@people.test`
    return attempt(await aBrowser(app).submit('/signup', { email, password }), 'password')
  },
  async 'at the change of a password'(app, password) {
    const browser = await aSignedInBrowser(app)
    const fields = { current_password: browser.account.password, new_password: password }
    return attempt(await browser.submit('/settings/password', fields), 'new_password')
  },
  async 'at a reset'(app, password) {
    const { email } = await app.account()
    await forget(app, email)
    const browser = await opened(app, await linkTo(app, email, 'reset-password'))
    return attempt(await browser.submit('/reset', { password }), 'password')
  },
  async 'at set-up'(app, password) {
    const code = (await app.useCases.issueSetUpCode()) ?? ''
    app.witness.learn(code, 'code')
    const fields = { code, email: 'first@people.test', password }
    return attempt(await aBrowser(app).submit('/setup', fields), 'password')
  },
}

interface Attempt {
  readonly status: number
  /** What stands at the field. */
  readonly problem: string
}

function attempt(answer: { readonly status: number; readonly body: string }, field: string) {
  const [, problem = ''] = new RegExp(`id="${field}-problem">([^<]+)<`).exec(answer.body) ?? []
  return { status: answer.status, problem }
}

function learn(app: TestApp): void {
  for (const password of [breached, fresh]) app.witness.learn(password, 'password')
}

const noAnswer = { env: { SIGNUP: 'open' } } as const

describe.each(databases)('passwords from breaches on %s (V6.2.12)', (kind) => {
  it.each(Object.entries(ways))(
    'are refused %s, with the reason, and others are not',
    async (_, set) => {
      await using service = await aRangeService(knowing(breached.normalize('NFC')))
      const env = { SIGNUP: 'open', BREACHED_PASSWORDS: service.url }
      await using app = await anApp(kind, { env })
      learn(app)
      const refused = await set(app, breached.normalize('NFD'))
      expect(refused).toEqual({ status: 400, problem: expect.stringContaining(reason) })
      expect(await set(app, fresh)).toMatchObject({ status: 303 })
      const prefixes = [breached.normalize('NFC'), fresh].map((each) => digestOf(each).slice(0, 5))
      expect(service.requests.map(({ url }) => url)).toEqual(
        prefixes.map((prefix) => `/range/${prefix}`),
      )
      expect(app.log().map(({ level }) => level)).not.toContain(40)
    },
  )

  it('are nobody’s business unless the operator says whose', async () => {
    await using app = await anApp(kind, noAnswer)
    learn(app)
    expect(await ways['at sign-up']?.(app, breached)).toMatchObject({ status: 303 })
  })

  it.each(Object.entries(ways))(
    'stop nobody %s where the service is down, and the log says so',
    async (_, set) => {
      await using service = await aRangeService((__, response) =>
        response.writeHead(500).end(breached),
      )
      const env = { SIGNUP: 'open', BREACHED_PASSWORDS: service.url }
      await using app = await anApp(kind, { env })
      learn(app)
      expect(await set(app, 'passwordpassword')).toMatchObject({ status: 400 })
      expect(await set(app, breached)).toMatchObject({ status: 303 })
      const warnings = app.log().filter(({ level }) => level === 40)
      expect(warnings).toEqual([
        {
          level: 40,
          time: expect.anything(),
          reason: 'refused',
          msg: 'breached passwords were not asked',
        },
      ])
    },
  )

  it('are not asked about what is refused anyway, nor at any sign-in', async () => {
    await using service = await aRangeService(knowing(breached))
    const env = { SIGNUP: 'open', BREACHED_PASSWORDS: service.url }
    await using app = await anApp(kind, { env })
    learn(app)
    const browser = await aSignedInBrowser(app)
    const change = (from: string, to: string) =>
      browser.submit('/settings/password', { current_password: from, new_password: to })
    expect((await change('wrong', fresh)).status).toBe(403)
    const { password } = browser.account
    expect(textOf(await change(password, password))).toContain('Choose another one')
    for (const weak of ['short', 'passwordpassword', 'x'.repeat(1_025)]) {
      expect((await change(password, weak)).status).toBe(400)
    }
    const form = { email: 'no address', password: fresh }
    expect((await aBrowser(app).submit('/signup', form)).status).toBe(400)
    await aBrowser(app).signIn({ email: browser.account.email, password: breached })
    expect(service.requests).toEqual([])
  })
})
