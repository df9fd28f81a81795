import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { nodeSecrets } from '../src/adapters/crypto/secrets.ts'
import { RepositoryError } from '../src/application/ports/repository-error.ts'
import { hour, minute, second } from '../src/domain/time.ts'
import { aBrowser, aSignedInBrowser, type Browser, textOf } from './support/browser.ts'
import type { Account, TestApp } from './support/open-app.ts'
import type { TestResponse } from './support/send.ts'
import { gatewayToken, type SmsGateway, startSmsGateway } from './support/sms-gateway.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'
import { codeOtherThan } from './support/wrong-code.ts'

const [path, verifyPath] = ['/settings/phone', '/settings/phone/verify']

let gateway: SmsGateway
beforeAll(async () => {
  gateway = await startSmsGateway()
})
afterAll(() => gateway[Symbol.asyncDispose]())
beforeEach(() => gateway.respond((response) => response.writeHead(202).end()))

let numbers = 0

/** A number that no other test uses: the limits count by number, too. */
function aNumber(): string {
  numbers += 1
  return `+4477009${String(numbers).padStart(5, '0')}`
}

const nameOf = (number: string) => `•••• ${number.slice(-4)}`

/** The port of the gateway is known only when the tests run. */
const env = {
  get SMS_GATEWAY_URL() {
    return gateway.url
  },
  SMS_GATEWAY_TOKEN: gatewayToken,
}

/** A browser of a user who is no administrator. */
async function anUser(app: TestApp): Promise<Browser & { readonly account: Account }> {
  await app.account()
  return aSignedInBrowser(app, await app.account())
}

function codeOf(app: TestApp, number: string): string {
  const code = gateway.code(number)
  // Not the code itself: six digits also occur in timestamps.
  app.leakDetector.addSecret(number, 'code')
  return code
}

async function formOwner(browser: Browser): Promise<string> {
  const { body } = await browser.open(path)
  return /name="form_owner" value="([^"]+)"/.exec(body)?.[1] ?? ''
}

async function requestCode(app: TestApp, browser: Browser, number: string): Promise<string> {
  const answer = await browser.submit(path, { number })
  expect([answer.status, answer.location]).toEqual([303, verifyPath])
  return codeOf(app, number)
}

async function addPhone(app: TestApp, browser: Browser, number = aNumber()): Promise<string> {
  const code = await requestCode(app, browser, number)
  const answer = await browser.submit(verifyPath, { code })
  expect([answer.status, answer.location]).toEqual([303, path])
  return number
}

const statusOf = (app: TestApp, { id }: Account) => app.persistence.phones.find(id)

const isPassed = ({ status }: TestResponse) => status === 303

describe.each(databases)('the phone of a user on %s', (kind) => {
  const opened = useApp(kind, { env })

  it('counts once the code is entered, and is shown with its last digits only', async () => {
    const app = opened()
    const browser = await anUser(app)
    const { account } = browser
    const number = aNumber()
    const empty = await browser.open(path)
    expect(textOf(empty)).toContain('NIST restricts their use')
    expect(empty.body).toContain('href="/settings/passkeys"')
    expect(empty.body).toContain('href="/settings/authenticators"')

    const typed = `00${number.slice(1, 3)} (0)${number.slice(3, 7)}-${number.slice(7)}`
    expect((await browser.submit(path, { number: typed })).location).toBe(verifyPath)
    const [message] = gateway.messages().slice(-1)
    expect(message).toEqual({ to: number, text: expect.stringMatching(/^\d{6} is your localhost/) })
    const code = codeOf(app, number)
    expect(message?.text).toMatch(new RegExp(`\n\n@localhost #${code}$`))
    expect(await statusOf(app, account)).toBeNull()
    expect(textOf(await browser.open(verifyPath))).toContain(`We sent a code to ${nameOf(number)}`)

    const wrong = await browser.submit(verifyPath, { code: codeOtherThan(code) })
    expect([wrong.status, await statusOf(app, account)]).toEqual([403, null])
    expect(textOf(wrong)).toContain('This code is wrong or no longer valid')

    const confirmed = await browser.submit(verifyPath, {
      code: ` ${code.slice(0, 3)} ${code.slice(3)} `,
    })
    expect([confirmed.status, confirmed.location]).toEqual([303, path])
    const page = await browser.open(path)
    expect(textOf(page)).toContain(`Phone ${nameOf(number)} added.`)
    expect(page.body).not.toContain(number)
    expect((await app.persistence.users.find(account.id))?.secondFactors).toBe(1)
    expect((await browser.open(verifyPath)).location).toBe(path)
  })

  it('is reported by email and in the security log, without the number', async () => {
    const app = opened()
    const browser = await anUser(app)
    const number = await addPhone(app, browser)
    await app.flushSecurityEvents()
    expect(textOf(await browser.open('/settings/security-log'))).toContain(nameOf(number))
    const emails = app.emails().filter(({ to }) => to === browser.account.email)
    expect(JSON.stringify(emails)).toContain(nameOf(number))
    expect(JSON.stringify(emails)).not.toContain(number)
    const events = await app.storage.query('SELECT * FROM security_events')
    expect(JSON.stringify(events)).not.toContain(number)
  })

  it('raises the session in which the code was entered, and gives it a new secret', async () => {
    const app = opened()
    const browser = await anUser(app)
    const before = browser.sessionCookie()
    await addPhone(app, browser)
    expect(browser.sessionCookie()).not.toBe(before)
    const [id] = before.split('.')
    const [row] = await app.storage.query(`SELECT methods FROM sessions WHERE id = '${id}'`)
    expect(JSON.stringify(row)).toMatch(/sms:/)
  })

  it('is replaced only by a number whose code was entered', async () => {
    const app = opened()
    const browser = await anUser(app)
    const [first, second] = [await addPhone(app, browser), aNumber()]
    const code = await requestCode(app, browser, second)
    expect(await statusOf(app, browser.account)).toMatchObject({ number: first })
    expect((await browser.submit(path, { number: first })).status).toBe(400)
    await browser.submit(verifyPath, { code })
    expect(await statusOf(app, browser.account)).toMatchObject({ number: second })
    expect(textOf(await browser.open(path))).toContain(`Phone changed to ${nameOf(second)}.`)
    const changes = app
      .emails()
      .filter(({ to }) => to === browser.account.email)
      .map(({ composed }) => composed.text)
    expect(changes.some((text) => text.includes(nameOf(first)))).toBe(true)
    expect(changes.some((text) => text.includes(nameOf(second)))).toBe(true)
  })

  it('is removed, and then no code of it is correct', async () => {
    const app = opened()
    const browser = await anUser(app)
    const { account } = browser
    const number = await addPhone(app, browser)
    app.clock.advance(minute)
    const step = { user: account, purpose: 'step-up', boundTo: 'session' } as const
    expect(await app.features.phone.sendCode({ ...step, ipAddress: null })).toMatchObject({
      status: 'sent',
    })
    const code = codeOf(app, number)
    const before = browser.sessionCookie()
    const removed = await browser.submit(`${path}/remove`, {}, { on: path })
    expect([removed.status, removed.location]).toEqual([303, path])
    expect(browser.sessionCookie()).not.toBe(before)
    expect(await statusOf(app, account)).toBeNull()
    const client = { ipAddress: null, userAgent: null }
    const request = { user: account, code, client, sessionId: 'session' }
    expect(await app.features.phone.checkCode(request)).toEqual({ status: 'wrong' })
    expect(await app.features.phone.sendCode({ ...step, ipAddress: null })).toEqual({
      status: 'no-phone',
    })
  })

  it.each(['07700 900123', '+44', 'call me', '+44 7700 900123 ext. 5', ''])(
    'is not the number %j',
    async (number) => {
      const browser = await anUser(opened())
      const count = gateway.requests.length
      const answer = await browser.submit(path, { number })
      expect([answer.status, gateway.requests.length]).toEqual([400, count])
      expect(answer.body).toContain('id="number-problem"')
    },
  )

  it('is confirmed in the session that requested the code only', async () => {
    const app = opened()
    const one = await anUser(app)
    const other = await aSignedInBrowser(app, one.account)
    const code = await requestCode(app, one, aNumber())
    const fields = { code }
    expect((await other.submit(verifyPath, fields, { on: path })).status).toBe(403)
    expect(await statusOf(app, one.account)).toBeNull()
    expect(isPassed(await one.submit(verifyPath, fields))).toBe(true)
  })

  it('requires a recent authentication for changes, and keeps what was typed', async () => {
    const app = opened()
    const browser = await anUser(app)
    const number = aNumber()
    app.clock.advance(16 * minute)
    expect((await browser.open(verifyPath)).location).toMatch(/^\/reauthenticate/)
    for (const action of ['resend', 'remove']) {
      const refused = await browser.submit(`${path}/${action}`, {}, { on: path })
      expect(refused.location).toMatch(/^\/reauthenticate/)
    }
    const { location } = await browser.submit(path, {
      number,
      form_owner: await formOwner(browser),
    })
    expect(location).toMatch(/^\/reauthenticate/)
    const next = new URL(location, app.baseUrl).searchParams.get('next') ?? ''
    const { password } = browser.account
    const confirmed = await browser.submit('/reauthenticate', { password, next }, { on: location })
    expect(confirmed.location).toBe(next)
    expect((await browser.open(next)).body).toContain(`value="${number}"`)
  })
})

describe.each(databases)('codes by text message on %s', (kind) => {
  const opened = useApp(kind, { env })

  it('expire after five minutes, and after five wrong ones', async () => {
    const app = opened()
    const browser = await anUser(app)
    const late = await requestCode(app, browser, aNumber())
    app.clock.advance(5 * minute)
    expect((await browser.submit(verifyPath, { code: late }, { on: path })).status).toBe(403)

    const code = await requestCode(app, browser, aNumber())
    for (let n = 0; n < 5; n += 1) await browser.submit(verifyPath, { code: codeOtherThan(code) })
    const answer = await browser.submit(verifyPath, { code }, { on: path })
    expect(answer.status).toBe(403)
    expect(await statusOf(app, browser.account)).toBeNull()
  })

  it('are replaced by a new one after 30 seconds, three times an hour', async () => {
    const app = opened()
    const browser = await anUser(app)
    const number = aNumber()
    const first = await requestCode(app, browser, number)
    const resend = () => browser.submit(`${path}/resend`, {}, { on: verifyPath })
    const early = await resend()
    expect([early.status, early.headers['retry-after']]).toEqual([429, '30'])
    app.clock.advance(30 * second)
    expect((await resend()).location).toBe(verifyPath)
    const newest = codeOf(app, number)
    // One of a million codes is the same.
    if (newest !== first) {
      expect((await browser.submit(verifyPath, { code: first })).status).toBe(403)
    }
    app.clock.advance(30 * second)
    expect((await resend()).status).toBe(303)
    app.clock.advance(30 * second)
    const count = gateway.requests.length
    const fourth = await resend()
    expect([fourth.status, gateway.requests.length]).toEqual([429, count])
    expect(Number(fourth.headers['retry-after'])).toBeGreaterThan(30)
    const elsewhere = await browser.submit(path, { number: aNumber() })
    expect([elsewhere.status, gateway.requests.length]).toEqual([429, count])
    expect(isPassed(await browser.submit(verifyPath, { code: codeOf(app, number) }))).toBe(true)
  })

  it('are sent to one number three times an hour, from any accounts', async () => {
    const app = opened()
    const number = aNumber()
    for (let n = 0; n < 3; n += 1) await requestCode(app, await anUser(app), number)
    const count = gateway.requests.length
    const answer = await (await anUser(app)).submit(path, { number })
    expect([answer.status, gateway.requests.length]).toEqual([429, count])
  })

  it('are sent for one IP address 20 times a day', async () => {
    const app = opened()
    const { requestNumber } = app.features.phone
    const results: string[] = []
    for (let n = 0; n < 8; n += 1) {
      const user = { ...(await app.account()), isOperator: false }
      for (const sessionId of ['a', 'b', 'c']) {
        const client = { user, sessionId, ipAddress: '203.0.113.7', userAgent: null }
        results.push((await requestNumber(client, aNumber())).status)
      }
    }
    expect(results).toEqual([...Array(20).fill('sent'), ...Array(4).fill('throttled')])
  })

  it('are used once of fifty parallel checks, each for its own step', async () => {
    const app = opened()
    const browser = await anUser(app)
    const { account: user } = browser
    const number = await addPhone(app, browser)
    const { sendCode, checkCode, findSentCode } = app.features.phone
    const client = { ipAddress: null, userAgent: null }
    const signIn = { user, purpose: 'sign-in', boundTo: 'pending' } as const
    expect(await sendCode({ ...signIn, ipAddress: null })).toMatchObject({
      status: 'sent',
      code: { name: nameOf(number), isUsable: true, resendSeconds: 30 },
    })
    expect(await findSentCode({ ...signIn, boundTo: 'other' })).toBeNull()
    const code = codeOf(app, number)
    const common = { user, code, client }
    for (const step of [
      { sessionId: 'pending' },
      { sessionId: null, pendingSignInId: 'other' },
      { sessionId: null },
    ]) {
      expect(await checkCode({ ...common, ...step })).toEqual({ status: 'wrong' })
    }
    const request = { ...common, sessionId: null, pendingSignInId: 'pending' }
    const checks = await Promise.all(Array.from({ length: 50 }, () => checkCode(request)))
    const correct = checks.filter(({ status }) => status === 'correct')
    expect(correct).toEqual([{ status: 'correct', methods: ['sms'] }])
    expect((await statusOf(app, user))?.lastUsedAt).toBe(app.clock.now())
    expect(await findSentCode(signIn)).toMatchObject({ isUsable: false })
  })

  it('are stored with a keyed hash, and leak nowhere', async () => {
    const app = opened()
    const browser = await anUser(app)
    const number = aNumber()
    const code = await requestCode(app, browser, number)
    const [row] = await app.storage.query(`SELECT * FROM sms_codes WHERE number = '${number}'`)
    expect(JSON.stringify(row)).not.toContain(code)
    // Without the key, the hash of the same text is another one.
    const [sessionId] = browser.sessionCookie().split('.')
    const text = `sms ${browser.account.id} verify-phone ${sessionId} ${code}`
    expect(JSON.stringify(row)).toContain(`"${sessionId}"`)
    expect(JSON.stringify(row)).not.toContain(nodeSecrets.hash(text))
    const lines = app.log().map(({ time: _, ...line }) => line)
    expect(JSON.stringify(lines)).not.toMatch(new RegExp(`(?<!\\d)${code}(?!\\d)`))
    const line = app.log().findLast(({ msg }) => msg === 'code by text message')
    expect(line).toMatchObject({ purpose: 'verify-phone', result: 'accepted' })
  })

  it.each([
    ['an error', (app: TestApp) => expect(lastFailure(app)).toMatchObject({ status: 500 })],
    [
      'a broken connection',
      (app: TestApp) => expect(lastFailure(app)).toMatchObject({ reason: 'unreachable' }),
    ],
  ] as const)(
    'that fail by %s are reported, and another method is offered',
    async (fault, check) => {
      const app = opened()
      const browser = await anUser(app)
      const number = aNumber()
      gateway.respond((response) =>
        fault === 'an error' ? response.writeHead(500).end() : response.destroy(),
      )
      const answer = await browser.submit(path, { number })
      expect(answer.status).toBe(503)
      expect(textOf(answer)).toContain('We could not send the text message')
      expect(answer.body).toContain('href="/settings/passkeys"')
      check(app)
      // It may arrive nevertheless.
      expect(isPassed(await browser.submit(verifyPath, { code: codeOf(app, number) }))).toBe(true)
    },
  )

  it('expired ones are purged', async () => {
    const app = opened()
    await requestCode(app, await anUser(app), aNumber())
    app.clock.advance(hour)
    await app.features.purge()
    expect(await app.storage.query('SELECT * FROM sms_codes')).toEqual([])
  })
})

describe.each(databases)('codes by text message while the database fails on %s', (kind) => {
  const opened = useApp(kind, { env })

  it.each(['smsCodes.attempt', 'phones.save'])('add no phone while %s fails', async (method) => {
    const app = opened()
    const browser = await anUser(app)
    const code = await requestCode(app, browser, aNumber())
    app.faults.fail(method, () => new RepositoryError('The database failed.'))
    const answer = await browser.submit(verifyPath, { code })
    app.faults.restore()
    expect([answer.status, await statusOf(app, browser.account)]).toEqual([503, null])
    expect((await app.persistence.users.find(browser.account.id))?.secondFactors).toBe(0)
  })

  it('are not sent while they cannot be counted or stored', async () => {
    const app = opened()
    const browser = await anUser(app)
    const count = gateway.requests.length
    for (const method of ['rateLimiter.consume', 'smsCodes.replace']) {
      app.faults.fail(method, () => new RepositoryError('The database failed.'))
      expect((await browser.submit(path, { number: aNumber() })).status).toBe(503)
      app.faults.restore()
    }
    expect(gateway.requests.length).toBe(count)
  })
})

const [secondStep, sendPath] = ['/login/second-factor', '/login/second-factor/code']

/** A browser that has sent the password of a user with a phone, and requested a code. */
async function inSecondStep(app: TestApp, account: Account): Promise<Browser> {
  const browser = aBrowser(app)
  expect((await browser.signIn(account)).location).toBe(secondStep)
  const page = await browser.open(secondStep)
  expect(textOf(page)).toContain('Send code')
  expect(page.body).not.toContain('name="code"')
  const sent = await browser.submit(sendPath, {}, { on: secondStep })
  expect([sent.status, sent.location]).toEqual([303, `${secondStep}?method=phone`])
  return browser
}

describe.each(databases)('a sign-in with a phone on %s', (kind) => {
  const opened = useApp(kind, { env })

  it('needs the code that was sent for it, and works once', async () => {
    const app = opened()
    const { account, number } = await aUserWithPhone(app)
    const one = await inSecondStep(app, account)
    const code = codeOf(app, number)
    const other = await inSecondStep(app, account)
    expect(textOf(await one.open(`${secondStep}?method=phone`))).toContain(nameOf(number))
    const complete = (browser: Browser, typed: string) =>
      browser.submit(secondStep, { method: 'phone', code: typed })
    expect((await complete(one, codeOtherThan(code))).status).toBe(401)
    // The newer code is that of the other browser.
    if (codeOf(app, number) !== code) expect((await complete(other, code)).status).toBe(401)
    expect((await complete(one, code)).location).toBe('/dashboard')
    expect((await one.open('/dashboard')).status).toBe(200)
    expect((await complete(other, codeOf(app, number))).location).toBe('/dashboard')

    const third = aBrowser(app)
    await third.signIn(account)
    const refused = await third.submit(sendPath, {}, { on: secondStep })
    const page = await third.open(refused.location)
    expect(textOf(page)).toMatch(/We cannot send another code yet. Try again in \d+ (minute|hour)/)
  })

  it('is confirmed again by the password and a code for that session', async () => {
    const app = opened()
    const { browser, account, number } = await aUserWithPhone(app)
    app.clock.advance(16 * minute)
    const { location } = await browser.open('/settings/password')
    expect(location).toMatch(/^\/reauthenticate/)
    const sent = await browser.submit(
      '/reauthenticate/code?next=%2Fsettings%2Fpassword',
      {},
      { on: location },
    )
    expect(sent.location).toMatch(/method=phone/)
    const fields = { method: 'phone', password: account.password, code: codeOf(app, number) }
    const confirmed = await browser.submit('/reauthenticate', fields, { on: sent.location })
    expect([confirmed.status, (await browser.open('/settings/password')).status]).toEqual([
      303, 200,
    ])
  })
})

async function aUserWithPhone(app: TestApp) {
  const browser = await anUser(app)
  const number = await addPhone(app, browser)
  // A change of factors ends the sign-ins of the same instant.
  app.clock.advance(1)
  return { browser, number, account: browser.account }
}

function lastFailure(app: TestApp) {
  return app.log().findLast(({ msg }) => msg === 'text message not accepted')
}

describe.each(databases)('a phone without a gateway on %s', (kind) => {
  it('cannot be added', async () => {
    await using app = await anApp(kind)
    const browser = await anUser(app)
    const page = await browser.open(path)
    expect(textOf(page)).toContain('Text messages are not available on this site.')
    expect(page.body).not.toContain('name="number"')
    const answer = await browser.submit(path, { number: aNumber() }, { on: '/create' })
    expect(answer.status).toBe(503)
    expect(app.features.phone.isEnabled).toBe(false)
  })
})

describe.each(databases)('the phone of an administrator on %s', (kind) => {
  it('needs a passkey or an authenticator next to it', async () => {
    await using app = await anApp(kind, { env: { ...env } })
    const browser = await aSignedInBrowser(app)
    const { account } = browser
    expect(account.isOperator).toBe(true)
    const page = await browser.open(path)
    expect(textOf(page)).toContain('As an administrator you can add a phone once')
    expect(page.body).not.toContain('name="number"')
    const refused = await browser.submit(path, { number: aNumber() }, { on: '/create' })
    expect(refused.status).toBe(403)
    expect(textOf(refused)).toContain('Add a passkey or an authenticator app first')
    expect(await statusOf(app, account)).toBeNull()

    // A session without that factor may not change others, so the use cases are called directly.
    const bytes = kind === 'sqlite' ? "x'00', 'key', 0, 0" : "'\\x00', 'key', 0, now()"
    await app.storage.query(`INSERT INTO authenticators
      (id, user_id, name, encrypted_key, key_id, last_step, created_at)
      VALUES ('app', '${account.id}', 'App', ${bytes})`)
    const user = await app.persistence.users.find(account.id)
    const client = { user: user ?? account, sessionId: 's', ipAddress: null, userAgent: null }
    const number = aNumber()
    const { phone, manageFactors } = app.features
    expect(await phone.requestNumber(client, number)).toMatchObject({ status: 'sent' })
    const confirmed = await phone.confirmNumber(client, codeOf(app, number))
    expect(confirmed).toMatchObject({ status: 'confirmed' })
    const factor = { kind: 'authenticator', id: 'app' } as const
    expect(await manageFactors.remove({ ...client, factor })).toBe('phone-would-remain')
    expect(await phone.remove(client)).toBe('removed')
  })
})
