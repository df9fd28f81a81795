import { Secret, TOTP } from 'otpauth'
import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser, type Browser, textOf } from './support/browser.ts'
import type { Account, TestApp } from './support/open-app.ts'
import { openForm } from './support/open-form.ts'
import type { TestResponse } from './support/send.ts'
import { databases } from './support/storage.ts'
import { useApp } from './support/use-app.ts'
import { codeOtherThan } from './support/wrong-code.ts'

const path = '/settings/authenticators'
const minute = 60_000
const period = 30_000

/** An authenticator app on a phone: another implementation. */
interface Phone {
  readonly key: string
  /** Of the enrollment. */
  readonly token: string
  /** The code `after` milliseconds from now. */
  code(after?: number): string
}

describe.each(databases)('authenticator apps on %s', (kind) => {
  const app = useApp(kind)

  async function begin(browser: Browser): Promise<{ answer: TestResponse; phone: Phone }> {
    const answer = await browser.submit(path)
    return { answer, phone: readPhone(app(), answer) }
  }

  /** Sends the form that the last page with a key has. */
  async function activate(browser: Browser, fields: object) {
    return browser.submit(path, { name: 'Phone', ...fields })
  }

  async function enroll(browser: Browser, name = 'Phone'): Promise<Phone> {
    const { phone } = await begin(browser)
    const answer = await activate(browser, { enrollment: phone.token, code: phone.code(), name })
    expect([answer.status, answer.location]).toEqual([303, path])
    // The code of the enrollment is used.
    app().clock.advance(period)
    return phone
  }

  const check = (account: Account, code: string) =>
    app().features.authenticators.checkCode({
      ...{ user: account, code, client: { ipAddress: null, userAgent: null }, sessionId: null },
    })

  const eventsOf = async ({ id }: Account) =>
    JSON.stringify(
      await app().storage.query(`SELECT kind, detail FROM security_events WHERE user_id = '${id}'`),
    )

  const idsOf = async ({ id }: Account) =>
    (await app().persistence.authenticators.list(id)).map((each) => each.id)

  it('are added with the key of the page and its first code, and reported', async () => {
    const browser = await aSignedInBrowser(app())
    const { account } = browser
    const token = browser.sessionCookie()
    const { answer, phone } = await begin(browser)
    expect(answer.status).toBe(200)
    expect(answer.headers['cache-control']).toContain('no-store')
    const uri = new URL(uriIn(answer))
    expect(uri.href).toMatch(/^otpauth:\/\/totp\//)
    expect(uri.pathname).toBe(`/localhost:${encodeURIComponent(account.email)}`)
    expect(Object.fromEntries(uri.searchParams)).toEqual({
      secret: phone.key,
      ...{ issuer: 'localhost', algorithm: 'SHA1', digits: '6', period: '30' },
    })
    const typed = ` ${phone.code().slice(0, 3)} ${phone.code().slice(3)} `
    const added = await activate(browser, { enrollment: phone.token, code: typed, name: ' Pixel ' })
    expect([added.status, added.location]).toEqual([303, path])

    const list = textOf(await browser.open(path))
    expect(list).toContain('Authenticator app added.')
    expect(list).toMatch(/Pixel.*Added.*Last used Not since it was added/)
    expect(list).toContain('You have no recovery codes.')
    expect(list).toContain('Review your devices')
    expect(browser.sessionCookie()).not.toBe(token)
    expect((await app().persistence.users.find(account.id))?.secondFactors).toBe(1)
    await app().flushSecurityEvents()
    expect(await eventsOf(account)).toContain('authenticator Pixel')
    expect(app().emails().at(-1)).toMatchObject({ to: account.email })
  })

  it('are accepted at the current and the previous step, each step once (V6.5.1, V6.5.5)', async () => {
    const browser = await aSignedInBrowser(app())
    const phone = await enroll(browser)
    app().clock.advance(5 * period)
    const { account } = browser
    expect(await check(account, phone.code(-2 * period))).toEqual({ status: 'wrong' })
    expect(await check(account, phone.code(period))).toEqual({ status: 'wrong' })
    const code = phone.code(-period)
    const checks = await Promise.all(Array.from({ length: 50 }, () => check(account, code)))
    expect(checks.filter(({ status }) => status === 'correct')).toEqual([
      { status: 'correct', methods: ['otp'] },
    ])
    expect(await check(account, code)).toEqual({ status: 'wrong' })
    expect(await check(account, phone.code())).toMatchObject({ status: 'correct' })
    expect(await check(account, phone.code())).toEqual({ status: 'wrong' })
    expect(textOf(await browser.open(path))).toMatch(/Last used (?!Not)/)
  })

  it('have no effect before the first correct code (CS-MFA-4)', async () => {
    const browser = await aSignedInBrowser(app())
    const { account } = browser
    const { phone } = await begin(browser)
    await activate(browser, {
      enrollment: phone.token,
      code: codeOtherThan(phone.code(), phone.code(-period)),
    })
    await app().flushSecurityEvents()
    expect(await idsOf(account)).toEqual([])
    expect((await app().persistence.users.find(account.id))?.secondFactors).toBe(0)
    expect(await eventsOf(account)).not.toContain('second-factor')
    expect(await check(account, phone.code())).toEqual({ status: 'wrong' })
    const again = await aBrowser(app()).signIn(account)
    expect([again.status, again.location]).toEqual([303, '/dashboard'])
  })

  it('show the same key again after a wrong code, with the error on the field', async () => {
    const browser = await aSignedInBrowser(app())
    const { answer, phone } = await begin(browser)
    for (const [code, text] of [
      ['123', 'Enter the six digits that your app shows.'],
      [phone.code(-40 * minute), 'seems to be 40 minutes slow'],
      [phone.code(5 * minute), 'seems to be 5 minutes fast'],
    ] as const) {
      const rejected = await activate(browser, { enrollment: phone.token, code, name: '' })
      expect(rejected.status).toBe(400)
      expect(readPhone(app(), rejected)).toMatchObject({ key: phone.key, token: phone.token })
      expect(uriIn(rejected)).toBe(uriIn(answer))
      expect(rejected.body).toMatch(/id="code"[^>]*aria-invalid="true"/)
      expect(rejected.body).toMatch(/id="name"[^>]*aria-invalid="true"/)
      expect(textOf(rejected)).toContain(text)
      expect(rejected.body).not.toContain(`value="${code}"`)
    }
  })

  it('never show a key in the response to a GET', async () => {
    const browser = await aSignedInBrowser(app())
    const { phone } = await begin(browser)
    const enrollment = encodeURIComponent(phone.token)
    const pending = [path, `${path}?enrollment=${enrollment}&code=${phone.code()}`]
    for (const each of pending) expect(leaksKey(await browser.open(each), phone)).toBe(false)
    await activate(browser, { enrollment: phone.token, code: phone.code() })
    const [id] = await idsOf(browser.account)
    for (const each of [
      path,
      `${path}/${id}/rename`,
      `${path}/${id}/remove`,
      '/settings/security',
    ]) {
      const page = await browser.open(each)
      expect([each, page.status, leaksKey(page, phone)]).toEqual([each, 200, false])
    }
    await app().flushSecurityEvents()
    const emails = JSON.stringify(app().emails())
    for (const text of [await app().storage.dump(), JSON.stringify(app().log()), emails])
      expect(leaksKey({ body: text }, phone)).toBe(false)
  })

  it('accept an enrollment of the same user, session and quarter of an hour only', async () => {
    const [ann, bob] = [await aSignedInBrowser(app()), await aSignedInBrowser(app())]
    const elsewhere = await aSignedInBrowser(app(), ann.account)
    const { phone } = await begin(ann)
    for (const other of [bob, elsewhere]) {
      const answer = await activate(other, { enrollment: phone.token, code: phone.code() })
      expect([answer.status, answer.location]).toEqual([303, path])
      expect(textOf(await other.open(path))).toContain('This setup has expired')
    }
    expect([await idsOf(ann.account), await idsOf(bob.account)]).toEqual([[], []])
    app().clock.advance(15 * minute)
    await ann.submit('/reauthenticate', { password: ann.account.password })
    await activate(ann, { enrollment: phone.token, code: phone.code() })
    expect(await idsOf(ann.account)).toEqual([])
  })

  it('are added once if the form is sent twice', async () => {
    const browser = await aSignedInBrowser(app())
    const { phone } = await begin(browser)
    const fields = { enrollment: phone.token, code: phone.code(), name: 'Phone' }
    await activate(browser, fields)
    app().clock.advance(period)
    const again = await activate(browser, { ...fields, code: phone.code() })
    expect([again.status, again.location]).toEqual([303, path])
    expect(await idsOf(browser.account)).toHaveLength(1)
  })

  it('have several names, which their user changes, and are removed after a confirmation', async () => {
    const browser = await aSignedInBrowser(app())
    const { account } = browser
    const [one, two] = [await enroll(browser), await enroll(browser, 'Tablet')]
    const [id = ''] = await idsOf(account)
    const rename = await openForm(app(), browser, { page: `${path}/${id}/rename` })
    expect(rename.fields.name).toBe('Phone')
    const rejected = await rename.send({ name: ' ' })
    expect([rejected.status, textOf(rejected)]).toEqual([400, expect.stringContaining('1 to 64')])
    expect(await rename.send({ name: '<b>Old</b>' })).toMatchObject({ status: 303, location: path })
    const list = await browser.open(path)
    expect(list.body).toContain('&lt;b&gt;Old&lt;/b&gt;')
    expect(textOf(list)).toContain('Tablet')

    const removal = await openForm(app(), browser, { page: `${path}/${id}/remove` })
    const token = browser.sessionCookie()
    expect(await removal.send()).toMatchObject({ status: 303, location: path })
    expect(browser.sessionCookie()).not.toBe(token)
    expect(await check(account, one.code())).toEqual({ status: 'wrong' })
    expect(await check(account, two.code())).toMatchObject({ status: 'correct' })
    expect((await browser.open(`${path}/${id}/remove`)).status).toBe(404)

    await app().flushSecurityEvents()
    const log = await eventsOf(account)
    const emails = JSON.stringify(
      app()
        .emails()
        .filter(({ to }) => to === account.email),
    )
    for (const change of ['second-factor-added', 'second-factor-renamed', 'second-factor-removed'])
      expect([log, emails]).toEqual(Array(2).fill(expect.stringContaining(change)))
  })

  it('of another user answer 404, and stay unchanged (V8.2.2)', async () => {
    const [ann, bob] = [await aSignedInBrowser(app()), await aSignedInBrowser(app())]
    await enroll(ann)
    const [id = ''] = await idsOf(ann.account)
    const before = await app().persistence.authenticators.list(ann.account.id)
    for (const action of ['rename', 'remove']) {
      expect((await bob.open(`${path}/${id}/${action}`)).status).toBe(404)
      const fields = action === 'rename' ? { name: 'Mine' } : {}
      const answer = await bob.submit(`${path}/${id}/${action}`, fields, { on: path })
      expect([action, answer.status]).toEqual([action, 404])
    }
    expect(await app().persistence.authenticators.list(ann.account.id)).toEqual(before)
  })

  it('are at most ten for a user, and at most 20 are added in an hour', async () => {
    const browser = await aSignedInBrowser(app())
    const { account } = browser
    const { phone: late } = await begin(browser)
    for (let count = 0; count < 10; count += 1) await enroll(browser, `Phone ${count}`)
    const names = (await app().persistence.authenticators.list(account.id)).map(({ name }) => name)
    expect(names.at(-1)).toBe('Phone 9')
    expect(textOf(await browser.open(path))).toContain('the maximum')
    const other = await browser.submit(path, {}, { on: '/create' })
    expect([other.status, leaksKey(other, late)]).toEqual([409, false])
    const eleventh = { enrollment: late.token, code: late.code(), name: 'Late' }
    const refused = await browser.submit(path, eleventh, { on: '/create' })
    expect(refused.status).toBe(409)
    expect(await idsOf(account)).toHaveLength(10)

    for (let count = 0; count < 9; count += 1) await app().features.limits.authenticator(account.id)
    const throttled = await browser.submit(path, eleventh, { on: '/create' })
    expect([throttled.status, Number(throttled.headers['retry-after']) > 0]).toEqual([429, true])
  })

  it('are not added without a recent authentication, and an interrupted enrollment says so', async () => {
    const browser = await aSignedInBrowser(app())
    const { phone } = await begin(browser)
    const interrupted = 'The authenticator app was not added'
    app().clock.advance(15 * minute)
    const answer = await browser.submit(path)
    expect([answer.status, answer.location]).toEqual([303, expect.stringMatching(/^\/reauth/)])
    expect(textOf(await browser.open('/dashboard'))).not.toContain(interrupted)
    const late = await activate(browser, { enrollment: phone.token, code: phone.code() })
    expect([late.status, late.location]).toEqual([303, expect.stringMatching(/^\/reauth/)])
    expect(textOf(await browser.open(late.location ?? ''))).toContain(interrupted)
    expect(await idsOf(browser.account)).toEqual([])
  })
})

function readPhone({ clock }: TestApp, answer: TestResponse): Phone {
  const [, grouped = ''] = /<code class="key">([^<]+)</.exec(answer.body) ?? []
  expect(grouped).toMatch(/^(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}$/)
  const key = grouped.replaceAll(' ', '')
  const totp = new TOTP({ secret: Secret.fromBase32(key) })
  const token = /name="enrollment" value="([^"]+)"/.exec(answer.body)?.[1] ?? ''
  return { key, token, code: (after = 0) => totp.generate({ timestamp: clock.now() + after }) }
}

function uriIn({ body }: TestResponse): string {
  return (/href="(otpauth:[^"]+)"/.exec(body)?.[1] ?? '').replaceAll('&amp;', '&')
}

/** Whether a text contains the key in any form. */
function leaksKey({ body }: Pick<TestResponse, 'body'>, { key }: Phone): boolean {
  const bytes = Buffer.from(Secret.fromBase32(key).bytes)
  const forms = [key, key.replaceAll(/(.{4})(?=.)/g, '$1 '), 'otpauth:', 'class="key"']
  const encodings = ['hex', 'base64', 'base64url'] as const
  const encoded = encodings.map((encoding) => bytes.toString(encoding))
  return [...forms, ...encoded].some((form) => body.toLowerCase().includes(form.toLowerCase()))
}
