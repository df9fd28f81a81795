import { describe, expect, it } from 'vitest'
import { aBrowser, aSignedInBrowser, type Browser, textOf } from './support/browser.ts'
import { proxied } from './support/open-app.ts'
import type { RawHeaders } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp } from './support/use-app.ts'

const second = 1_000
const minute = 60 * second
const from = (ipAddress: string): RawHeaders => [['X-Forwarded-For', ipAddress]]

/** Statuses of that many wrong sign-ins in sequence. */
async function wrong(browser: Browser, email: string, times: number): Promise<readonly number[]> {
  const statuses: number[] = []
  for (let n = 0; n < times; n += 1) {
    statuses.push((await browser.signIn({ email, password: `wrong ${n}` })).status)
  }
  return statuses
}

describe.each(databases)('brute-force throttling on %s (V6.3.1, CS-AU-1, CS-CRED-1)', (kind) => {
  it('delays wrong passwords of one account with 429 and Retry-After', async () => {
    await using app = await anApp(kind)
    const account = await app.account()
    const browser = aBrowser(app)
    expect(await wrong(browser, account.email, 10)).toEqual([
      401, 401, 401, 401, 401, 401, 429, 429, 429, 429,
    ])
    const blocked = await browser.signIn({ email: account.email, password: 'wrong' })
    expect(blocked.headers['retry-after']).toBe('1')
    app.clock.advance(second)
    expect(await wrong(browser, account.email, 2)).toEqual([401, 429])
    const longer = await browser.signIn({ email: account.email, password: 'wrong' })
    expect(longer.headers['retry-after']).toBe('2')
    app.clock.advance(2 * second)
    expect((await browser.signIn(account)).status).toBe(303)
    expect(await wrong(browser, account.email, 5)).toEqual([401, 401, 401, 401, 401])
  })

  it('treats unknown accounts the same, so that they cannot be enumerated (V6.3.8)', async () => {
    await using app = await anApp(kind)
    const account = await app.account('known@users.test')
    const answers = async (email: string) => {
      const browser = aBrowser(app)
      const all: string[] = []
      for (let n = 0; n < 8; n += 1) {
        const { status, body, headers } = await browser.signIn({ email, password: 'wrong' })
        all.push(`${status} ${headers['retry-after']} ${textOf({ body })}`)
      }
      return all
    }
    expect(await answers(account.email)).toEqual(await answers('nobody@users.test'))
  })

  it('counts fifty concurrent attempts one by one', async () => {
    await using app = await anApp(kind)
    const account = await app.account()
    const browser = aBrowser(app)
    const csrf_token = await browser.csrfToken('/login')
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        browser.submit('/login', { csrf_token, email: account.email, password: `wrong ${n}` }),
      ),
    )
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(6)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(44)
  })

  it('rejects the correct password during the delay without checking it', async () => {
    await using app = await anApp(kind)
    const account = await app.account()
    const browser = aBrowser(app)
    await wrong(browser, account.email, 6)
    const rejected = await browser.signIn({ email: account.email, password: 'wrong' })
    app.faults.calls.length = 0
    const right = await browser.signIn(account)
    expect(app.faults.calls).not.toContain('users.findByEmail')
    expect([right.status, right.headers['retry-after']]).toEqual([429, '1'])
    expect(textOf(right)).toBe(textOf(rejected))
    expect(textOf(right)).toContain('Too many attempts.')
    expect(browser.sessionCookie()).toBe('')
    app.clock.advance(second)
    expect((await browser.signIn(account)).status).toBe(303)
  })

  it('throttles password spraying from one IP (V6.1.1)', async () => {
    await using app = await anApp(kind)
    const browser = aBrowser(app)
    const statuses: number[] = []
    for (let n = 0; n < 100; n += 1) {
      const answer = await browser.signIn({ email: `p${n}@users.test`, password: 'Summer2026!' })
      statuses.push(answer.status)
      if (answer.status === 429) expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    }
    expect(statuses.slice(0, 21)).toEqual(Array.from({ length: 21 }, () => 401))
    expect(statuses.slice(21)).toEqual(Array.from({ length: 79 }, () => 429))
  })

  it('counts per IP address as seen by the trusted proxy; others are not throttled', async () => {
    await using app = await anApp(kind, { env: proxied })
    const guesses = async (headers: (n: number) => RawHeaders) => {
      const statuses: number[] = []
      for (let n = 0; n < 23; n += 1) {
        const browser = aBrowser(app, headers(n))
        statuses.push(
          (await browser.signIn({ email: `${n}.${Math.random()}@users.test`, password: 'x' }))
            .status,
        )
      }
      return statuses.filter((status) => status === 429).length
    }
    expect(await guesses((n) => from(`203.0.113.${n}`))).toBe(0)
    // The left-most hops come from the client.
    expect(await guesses((n) => from(`192.0.2.${n}, 198.51.100.1`))).toBe(2)
    // One customer has a /64.
    expect(await guesses((n) => from(`2001:db8:1:2::${n + 1}`))).toBe(2)
    expect(await guesses((n) => from(`2001:db8:1:${n + 10}::1`))).toBe(0)
    const account = await app.account()
    expect((await aBrowser(app, from('198.51.100.2')).signIn(account)).status).toBe(303)
  })

  it('ignores forged forwarding headers without a trusted proxy (V4.1.3)', async () => {
    await using app = await anApp(kind)
    const statuses: number[] = []
    for (let n = 0; n < 23; n += 1) {
      const forged: RawHeaders = [...from(`203.0.113.${n}`), ['X-Real-IP', `203.0.113.${n}`]]
      const answer = await aBrowser(app, forged).signIn({
        email: `p${n}@users.test`,
        password: 'x',
      })
      statuses.push(answer.status)
    }
    expect(statuses.slice(-2)).toEqual([429, 429])
  })

  it('does not count successful sign-ins, however many share an IP address', async () => {
    await using app = await anApp(kind)
    for (let n = 0; n < 30; n += 1) await aSignedInBrowser(app)
  })

  it('locks after 100 failures until cleared (63B 3.2.2)', async () => {
    await using app = await anApp(kind)
    const account = await app.account()
    for (let n = 0; n < 100; n += 1) {
      const result = await app.features.signIn.authenticate({
        email: account.email,
        password: 'x',
        ipAddress: `192.0.2.${n}`,
      })
      expect(result.status).toBe('wrong')
      app.clock.advance(16 * minute)
    }
    const browser = aBrowser(app)
    for (const days of [0, 1, 40]) {
      app.clock.advance(days * 24 * 60 * minute)
      const answer = await browser.signIn(account)
      expect([days, answer.status, answer.headers['retry-after']]).toEqual([days, 429, '900'])
    }
    await app.features.purge()
    expect((await browser.signIn(account)).status).toBe(429)
    await app.features.signIn.unlockAccount(account.email)
    expect((await browser.signIn(account)).status).toBe(303)
  })

  it('a success resets the count: 5 failures, success, 5 failures does not throttle', async () => {
    await using app = await anApp(kind)
    const account = await app.account()
    const browser = aBrowser(app)
    for (let round = 0; round < 3; round += 1) {
      await wrong(browser, account.email, 5)
      expect((await aBrowser(app).signIn(account)).status).toBe(303)
    }
  })

  it('survives a corrected clock', async () => {
    await using app = await anApp(kind)
    const account = await app.account()
    const today = app.clock.now()
    app.clock.advance(24 * 3_600_000)
    for (let n = 0; n < 6; n += 1) await aBrowser(app).signIn({ ...account, password: 'wrong' })
    app.clock.advance(-100)
    expect((await aBrowser(app).signIn(account)).status).toBe(429)
    app.clock.set(today)
    expect((await aBrowser(app).signIn(account)).status).toBe(303)
  })

  it('stores no email, password or IP address: counters contain hashes (V14.2.4)', async () => {
    await using app = await anApp(kind)
    await wrong(aBrowser(app), 'my-password-in-the-wrong-field', 2)
    const dump = await app.storage.dump()
    expect(dump).toContain('account:')
    expect(dump).not.toContain('my-password-in-the-wrong-field')
    expect(dump).not.toContain('127.0.0.1')
    expect(app.leakDetector.lines.join()).not.toContain('my-password-in-the-wrong-field')
  })

  it('throttles guesses of the setup code', async () => {
    await using app = await anApp(kind)
    const code = (await app.features.accounts.issueSetUpCode()) ?? ''
    const browser = aBrowser(app)
    const statuses: number[] = []
    for (let n = 0; n < 13; n += 1) {
      const fields = { code: `guess-${n}`, email: 'a@users.test', password: 'lantern gravel oboe' }
      statuses.push((await browser.submit('/setup', fields)).status)
    }
    expect(statuses.slice(-3)).toEqual([400, 429, 429])
    // The operator behind the same IP address does not wait.
    const fields = { code, email: 'a@users.test', password: 'lantern gravel oboe sixty' }
    expect((await browser.submit('/setup', fields)).status).toBe(303)
  })

  it('limits sign-ups to fifty per IP address', async () => {
    await using app = await anApp(kind, { env: { SIGNUP: 'open' } })
    await app.account()
    const statuses: number[] = []
    for (let n = 0; n < 52; n += 1) {
      const fields = { email: `n${n}@users.test`, password: `lantern gravel oboe ${n}` }
      statuses.push((await aBrowser(app).submit('/signup', fields)).status)
    }
    expect(statuses.slice(0, 50)).toEqual(Array.from({ length: 50 }, () => 303))
    expect(statuses.slice(50)).toEqual([429, 429])
  })
})
