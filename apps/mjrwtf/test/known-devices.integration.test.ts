import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser, type Browser } from './support/browser.ts'
import { type Account, openApp, proxied, type TestApp } from './support/open-app.ts'
import type { RawHeaders } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

const second = 1_000
const minute = 60 * second
const day = 24 * 60 * minute

const from = (ipAddress: string): RawHeaders => [['X-Forwarded-For', ipAddress]]
const home = from('198.51.100.7')
const elsewhere = from('192.0.2.66')

/** A hundred guesses from many IP addresses, each as soon as it is allowed. */
async function lockAccount(app: TestApp, { email }: Pick<Account, 'email'>): Promise<void> {
  for (let n = 0; n < 100; n += 1) {
    const guess = { email, password: `guess ${n}`, ipAddress: `192.0.2.${n}` }
    const { status } = await app.features.signIn.authenticate(guess)
    if (status !== 'wrong') throw new Error(`A guess was answered ${status}.`)
    app.clock.advance(16 * minute)
  }
}

async function statusOf(signingIn: ReturnType<Browser['signIn']>): Promise<number> {
  return (await signingIn).status
}

/** Statuses of that many wrong sign-ins in sequence. */
async function wrong(browser: Browser, { email }: Pick<Account, 'email'>, times: number) {
  const statuses: number[] = []
  for (let n = 0; n < times; n += 1) {
    statuses.push(await statusOf(browser.signIn({ email, password: `wrong ${n}` })))
  }
  return statuses
}

/** A browser whose session has ended and that still has its device cookie. */
async function aKnownBrowser(app: TestApp, account: Account, headers: RawHeaders = []) {
  const browser = aBrowser(app, headers)
  if ((await browser.signIn(account)).status !== 303) throw new Error('No sign-in.')
  await browser.submit('/logout', {}, { on: '/dashboard' })
  return browser
}

const deviceCookie = (browser: Browser) => browser.cookies.get('device-dev') ?? ''

/** A browser with nothing but the device cookie. */
function withDevice(app: TestApp, cookie: string): Browser {
  const browser = aBrowser(app)
  browser.cookies.set('device-dev', cookie)
  return browser
}

const securityEvents = (app: TestApp) =>
  app.log().flatMap(({ event, sessionId }) => (event === 'new-device' ? [sessionId] : []))

describe.each(databases)('known devices under attack on %s (63B 3.2.2, CS-AU-2)', (kind) => {
  it('can sign in while the account is locked for others, and does not unlock it', async () => {
    await using app = await anApp(kind, { env: proxied })
    const account = await app.account()
    const owner = await aKnownBrowser(app, account, home)
    await lockAccount(app, account)

    expect(await statusOf(aBrowser(app, home).signIn(account))).toBe(429)
    expect(await statusOf(owner.signIn(account))).toBe(303)
    // A success on a known device says nothing about who guesses elsewhere.
    expect(await statusOf(aBrowser(app, elsewhere).signIn(account))).toBe(429)
    expect(await statusOf(owner.signIn(account))).toBe(303)
  })

  it('can sign in from a throttled IP address', async () => {
    await using app = await anApp(kind, { env: proxied })
    const account = await app.account()
    const owner = await aKnownBrowser(app, account, home)
    for (let n = 0; n < 25; n += 1) await wrong(aBrowser(app, home), { email: `p${n}@b.test` }, 1)
    expect(await statusOf(aBrowser(app, home).signIn(account))).toBe(429)
    expect(await statusOf(owner.signIn(account))).toBe(303)
  })

  it('can reauthenticate and change the password while the account is throttled', async () => {
    await using app = await anApp(kind)
    const owner = await aSignedInBrowser(app)
    const { account } = owner
    for (let n = 0; n < 6; n += 1) await wrong(aBrowser(app), account, 1)
    expect(await statusOf(aBrowser(app).signIn(account))).toBe(429)

    const { password } = account
    expect((await owner.submit('/reauthenticate', { password })).status).toBe(303)
    const change = { current_password: password, new_password: 'thimble orchard violin seven' }
    expect((await owner.submit('/settings/password', change)).location).toBe('/settings/password')
  })

  it('are throttled and locked by their own failures, without affecting the account', async () => {
    await using app = await anApp(kind)
    const account = await app.account()
    const owner = await aKnownBrowser(app, account)
    expect(await wrong(owner, account, 8)).toEqual([401, 401, 401, 401, 401, 401, 429, 429])
    expect(await app.storage.query('SELECT failures FROM attempts WHERE failures > 0')).toEqual([
      { failures: 6 },
    ])
    expect(await statusOf(aBrowser(app).signIn(account))).toBe(303)

    // After that success elsewhere, the device is still throttled.
    const right = await owner.signIn(account)
    expect([right.status, right.headers['retry-after']]).toEqual([429, '1'])
    app.clock.advance(second)
    expect(await statusOf(owner.signIn(account))).toBe(303)
    expect(await wrong(owner, account, 5)).toEqual([401, 401, 401, 401, 401])

    for (let n = 5; n < 100; n += 1) {
      app.clock.advance(16 * minute)
      expect(await wrong(owner, account, 1)).toEqual([401])
    }
    app.clock.advance(day)
    expect(await statusOf(owner.signIn(account))).toBe(429)
    expect(await statusOf(aBrowser(app).signIn(account))).toBe(303)
    await app.features.signIn.unlockAccount(account.email)
    expect(await statusOf(owner.signIn(account))).toBe(303)
  })
})

describe.each(databases)('device cookie on %s', (kind) => {
  it('does not authenticate, and survives a sign-out', async () => {
    await using app = await anApp(kind)
    const owner = await aKnownBrowser(app, await app.account())
    expect([...owner.cookies.keys()]).toContain('device-dev')
    expect(owner.sessionCookie()).toBe('')
    const bare = withDevice(app, deviceCookie(owner))
    expect((await bare.open('/dashboard')).location).toBe('/login?next=%2Fdashboard')
    expect((await bare.send('/api/session')).status).toBe(401)
    bare.cookies.set('session-dev', deviceCookie(owner))
    expect((await bare.send('/api/session')).status).toBe(401)
  })

  it('is __Host-, HttpOnly and Lax, for 180 days', async () => {
    await using app = await anApp(kind, { env: proxied })
    const answer = await aBrowser(app).signIn(await app.account())
    const cookie = answer.setCookies.find((each) => each.startsWith('__Host-device='))
    expect(cookie).toMatch(
      /^__Host-device=[\w-]+\.[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=15552000$/,
    )
  })

  it('of one account has no effect for another account', async () => {
    await using app = await anApp(kind)
    const [ann, bob] = [await app.account(), await app.account()]
    const hers = await aKnownBrowser(app, ann)
    // Against him her browser counts like any other, and his failures throttle everyone.
    expect(await wrong(hers, bob, 7)).toEqual([401, 401, 401, 401, 401, 401, 429])
    expect(await statusOf(hers.signIn(bob))).toBe(429)
    expect(await statusOf(aBrowser(app).signIn(bob))).toBe(429)
    expect(await statusOf(hers.signIn(ann))).toBe(303)
  })

  it('remembers the last five users of a shared browser', async () => {
    await using app = await anApp(kind)
    const users: Account[] = []
    for (let n = 0; n < 6; n += 1) users.push(await app.account())
    const shared = aBrowser(app)
    for (const account of users) expect(await statusOf(shared.signIn(account))).toBe(303)
    for (const account of users) {
      const guess = { email: account.email, password: 'wrong' }
      for (let n = 0; n < 6; n += 1)
        await app.features.signIn.authenticate({ ...guess, ipAddress: `192.0.2.${n}` })
    }
    const cookie = deviceCookie(shared)
    const statuses = users.map((account) => statusOf(withDevice(app, cookie).signIn(account)))
    expect(await Promise.all(statuses)).toEqual([429, 303, 303, 303, 303, 303])
  })

  it('is ignored if forged, truncated, signed for another purpose, or repeated', async () => {
    await using app = await anApp(kind)
    const account = await app.account()
    const cookie = deviceCookie(await aKnownBrowser(app, account))
    const visitor = aBrowser(app)
    const preSession = await visitor.csrfToken('/login').then(() => visitor.cookies.get('pre-dev'))
    await wrong(aBrowser(app), account, 6)
    const [content = '', signature = ''] = cookie.split('.')
    const forged = Buffer.from(
      Buffer.from(content, 'base64url').toString().replace(account.id, `${account.id}x`),
    ).toString('base64url')
    const planted = [
      content,
      `${content}.`,
      `${content}.${signature.slice(0, -1)}`,
      `${forged}.${signature}`,
      `${content}.${signature}.${signature}`,
      preSession ?? '',
      `${cookie}; device-dev=${cookie}`,
      `x; device-dev=${cookie}`,
      '',
    ]
    for (const value of planted) {
      expect([value, await statusOf(withDevice(app, value).signIn(account))]).toEqual([value, 429])
    }
    expect(await statusOf(withDevice(app, cookie).signIn(account))).toBe(303)
  })

  it('is known for 180 days after the last sign-in', async () => {
    await using app = await anApp(kind)
    const account = await app.account()
    const owner = await aKnownBrowser(app, account)
    const lockByFailures = () => wrong(aBrowser(app), account, 7)
    app.clock.advance(179 * day)
    await lockByFailures()
    const earlier = deviceCookie(owner)
    expect(await statusOf(owner.signIn(account))).toBe(303)
    app.clock.advance(2 * day)
    await lockByFailures()
    expect(await statusOf(withDevice(app, earlier).signIn(account))).toBe(429)
    expect(await statusOf(withDevice(app, deviceCookie(owner)).signIn(account))).toBe(303)
  })

  it('is bound to the password: after a change only this browser stays known', async () => {
    await using app = await anApp(kind)
    const account = await app.account()
    const other = await aKnownBrowser(app, account)
    const here = await aSignedInBrowser(app, account)
    const old = deviceCookie(here)
    const changed = { ...account, password: 'thimble orchard violin seven' }
    app.leakDetector.addSecret(changed.password, 'password')
    const fields = { current_password: account.password, new_password: changed.password }
    expect((await here.submit('/settings/password', fields)).location).toBe('/settings/password')
    // Later than the end of all other sessions, which also rejects concurrent sign-ins.
    app.clock.advance(second)

    await wrong(aBrowser(app), account, 7)
    expect(await statusOf(other.signIn(changed))).toBe(429)
    expect(await statusOf(withDevice(app, old).signIn(changed))).toBe(429)
    expect(await statusOf(withDevice(app, deviceCookie(here)).signIn(changed))).toBe(303)
  })

  it('survives a key rotation, but not the removal of its key', async () => {
    const first = 'k7Zq2vXw9RtYb4Nc8Lm3Hd6Jf1Gs5Ap0-_uEiOoTrWx'
    const next = 'Qm4s8YtVb1Nc7Lk3Hd9Jf2Gx5Ap0-_uEiOoTrWxk7Zq'
    await using app = await anApp(kind, { env: { SECRET_KEYS: first } })
    const account = await app.account()
    const cookie = deviceCookie(await aKnownBrowser(app, account))
    await wrong(aBrowser(app), account, 7)
    const statusWith = async (keys: string) => {
      await using restarted = await openApp(app.storage, { env: { SECRET_KEYS: keys } })
      return await statusOf(withDevice(restarted, cookie).signIn(account))
    }
    expect(await statusWith(`${next},${first}`)).toBe(303)
    expect(await statusWith(next)).toBe(429)
  })
})

describe.each(databases)('new device notifications on %s (CS-SM-12, V6.3.5)', (kind) => {
  const ann = { email: 'ann@users.test', password: 'thimble orchard violin seven' }

  async function signUp(app: TestApp): Promise<Browser> {
    app.leakDetector.addSecret(ann.password, 'password')
    await app.account()
    const browser = aBrowser(app)
    expect((await browser.submit('/signup', ann)).status).toBe(303)
    return browser
  }
  const newDeviceEmails = (app: TestApp) =>
    app.emails().filter(({ email }) => email.kind === 'new-device')

  it('are emailed and logged with location, time and browser', async () => {
    await using app = await anApp(kind, { env: { ...proxied, SIGNUP: 'open' } })
    await signUp(app)
    expect(newDeviceEmails(app)).toEqual([])

    const phone = aBrowser(app, from('203.0.113.9'))
    await phone.signIn({ ...ann, password: 'wrong' })
    expect(newDeviceEmails(app)).toEqual([])
    await phone.signIn(ann)
    const device = { device: 'Firefox on Linux', ipAddress: '203.0.113.9', location: null }
    expect(newDeviceEmails(app)).toEqual([
      expect.objectContaining({
        to: ann.email,
        email: { kind: 'new-device', at: app.clock.now(), from: device },
      }),
    ])
    const page = await phone.open('/settings/security-log?kind=sign-ins')
    expect(page.body.match(/Signed in on a new device/g)).toHaveLength(1)
    const file = await phone.open('/settings/security-log?format=csv')
    const [sessionId = ''] = phone.sessionCookie().split('.')
    expect(file.body).toMatch(new RegExp(`new-device.*${sessionId}.*203\\.0\\.113\\.9`))
    expect(securityEvents(app)).toEqual([sessionId])
  })

  it('are not sent for the browser that signed up or a known one, until it loses its cookie', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'open' } })
    const browser = await signUp(app)
    for (let n = 0; n < 3; n += 1) {
      await browser.submit('/logout', {}, { on: '/dashboard' })
      expect(await statusOf(browser.signIn(ann))).toBe(303)
    }
    expect([newDeviceEmails(app), securityEvents(app)]).toEqual([[], []])
    browser.cookies.clear()
    await browser.signIn(ann)
    expect([newDeviceEmails(app).length, securityEvents(app).length]).toEqual([1, 1])
  })

  it("are not sent for an account's first sign-in; of five concurrent ones, one is first", async () => {
    await using app = await anApp(kind)
    const account = await app.account()
    const browsers = Array.from({ length: 5 }, () => aBrowser(app))
    await Promise.all(browsers.map((browser) => browser.signIn(account)))
    expect(newDeviceEmails(app)).toHaveLength(4)
  })

  it('are limited to ten emails an hour, while each sign-in is logged', async () => {
    await using app = await anApp(kind)
    const account = await app.account()
    for (let n = 0; n < 13; n += 1) await aBrowser(app).signIn(account)
    expect([newDeviceEmails(app).length, securityEvents(app).length]).toEqual([10, 12])
  })

  it('are not sent for a rejected sign-in', async () => {
    await using app = await anApp(kind)
    const browser = await aSignedInBrowser(app)
    const blocked = app.faults.block('users.findByEmail')
    const late = aBrowser(app)
    const signingIn = late.signIn(browser.account)
    await blocked.reached
    await browser.submit('/settings/sessions/revoke-all', {}, { on: '/settings/sessions' })
    blocked.release()
    expect((await signingIn).status).toBe(401)
    expect([newDeviceEmails(app), securityEvents(app), deviceCookie(late)]).toEqual([[], [], ''])
  })
})
