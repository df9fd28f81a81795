import { afterAll, describe, expect, it } from 'vitest'
import { RepositoryError } from '../src/application/ports/repository-error.ts'
import { aBrowser, type Browser, textOf } from './support/browser.ts'
import { ipAddresses, writeGeoFile } from './support/geo-file.ts'
import { type Account, proxied, type TestApp } from './support/open-app.ts'
import type { RawHeaders } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const { lyon, lyonMobile, sydney, auckland, nowhere: unlocated } = ipAddresses
const otherBrowser = '100.127.9.7'

const geoFile = writeGeoFile()
afterAll(geoFile.remove)
const withGeo = { env: { ...proxied, GEOIP_DATABASE: geoFile.path } }
const withoutGeo = { env: proxied }

const chrome = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0.0.0 Safari/537.36'
const forwardedFor = (address: string): RawHeaders => [['X-Forwarded-For', address]]

/** A browser at an address, which can take its cookies elsewhere. */
async function signedInAt(app: TestApp, address: string, account?: Account) {
  const signedInAccount = account ?? (await app.account())
  const browser = aBrowser(app, forwardedFor(address))
  const answer = await browser.signIn(signedInAccount)
  if (answer.status !== 303) throw new Error(`Sign-in was answered ${answer.status}.`)
  return Object.assign(browser, { account: signedInAccount })
}

/** The same session with another client: a laptop on the road, or a thief with the cookie. */
function movedTo(app: TestApp, { cookies }: Browser, headers: RawHeaders): Browser {
  const redirect = aBrowser(app, headers)
  for (const [name, value] of cookies) redirect.cookies.set(name, value)
  return redirect
}

/** What a page and a sensitive act are answered. */
async function statusesFor(browser: Browser) {
  const browsing = await browser.open('/dashboard')
  const page = await browser.open('/settings/password')
  const call = await browser.call('DELETE', `/api/sessions/${'A'.repeat(22)}`)
  return [browsing.status, page.location || page.status, call.status]
}

const allowed = [200, 200, 404]
const stepUpRequired = [200, '/reauthenticate?next=%2Fsettings%2Fpassword', 403]

async function events(app: TestApp, { id }: Account) {
  await app.runDetection()
  const rows = await app.storage.query(
    `SELECT kind, detail, ip_address FROM security_events WHERE user_id = '${id}' ORDER BY at, id`,
  )
  return rows.map((row) => ('kind' in row ? String(row.kind) : ''))
}

async function suspicionEmails(app: TestApp, { email }: Account) {
  await app.runDetection()
  const emails = app.emails().filter(({ to }) => to === email)
  return emails
    .map(({ email: sentEmail }) => sentEmail)
    .filter(({ kind }) => /suspicious|many/.test(kind))
}

describe.each(databases)('a session used by another client, on %s (CS-SM-12, 63B 5.3)', (kind) => {
  const opened = useApp(kind, withoutGeo)

  it.each<[string, RawHeaders, string]>([
    ['another network', forwardedFor(unlocated), 'ip-address-changed'],
    ['another browser', [...forwardedFor(lyon), ['User-Agent', chrome]], 'browser-changed'],
  ])(
    '%s: goes on, is told, and is asked for the password before what is sensitive',
    async (...row) => {
      const [, headers, event] = row
      const app = opened()
      const browser = await signedInAt(app, lyon)
      expect(await statusesFor(browser)).toEqual(allowed)
      const redirect = movedTo(app, browser, headers)
      // The very first request from there is the sensitive one.
      expect((await redirect.open('/settings/password')).location).toBe(stepUpRequired[1])
      expect(await statusesFor(redirect)).toEqual(stepUpRequired)
      const rejected = await redirect.call('DELETE', `/api/sessions/${'A'.repeat(22)}`)
      expect(rejected.json()).toMatchObject({ error: { code: 'recent_authentication_required' } })
      expect(await events(app, browser.account)).toContain(event)
      expect(await suspicionEmails(app, browser.account)).toEqual([])

      await redirect.submit('/reauthenticate', { password: browser.account.password })
      expect(await statusesFor(redirect)).toEqual(allowed)
      // Both are the person's by now.
      const back = movedTo(app, redirect, forwardedFor(lyon))
      expect(await statusesFor(back)).toEqual(allowed)
    },
  )

  it('another address of the same network: goes on as it was, and is told', async () => {
    const app = opened()
    const browser = await signedInAt(app, lyon)
    const redirect = movedTo(app, browser, forwardedFor('203.0.113.99'))
    expect(await statusesFor(redirect)).toEqual(allowed)
    expect(await events(app, browser.account)).toContain('ip-address-changed')
    const log = textOf(await redirect.open('/settings/security-log'))
    expect(log).toContain('A session went on from another address Before: 203.0.113.7')
    await movedTo(app, redirect, forwardedFor(unlocated)).open('/dashboard')
    const after = textOf(await redirect.open('/settings/security-log?kind=changes'))
    expect(after).toContain('A session went on from another network Before: 203.0.113.99')
  })

  it('a phone that leaves, and comes back, is no reason for a letter', async () => {
    const app = opened()
    const browser = await signedInAt(app, lyon)
    for (const address of [lyonMobile, lyon, lyonMobile, lyon]) {
      app.clock.advance(minute)
      await movedTo(app, browser, forwardedFor(address)).open('/dashboard')
    }
    expect(await suspicionEmails(app, browser.account)).toEqual([])
    expect(await events(app, browser.account)).not.toContain('concurrent-use')
  })

  it('puts no more than twenty changes an hour into the log, however the line flaps', async () => {
    const app = opened()
    const browser = await signedInAt(app, lyon)
    for (let n = 0; n < 30; n += 1) {
      await movedTo(app, browser, forwardedFor(n % 2 === 0 ? unlocated : lyon)).open('/dashboard')
    }
    const reported = await events(app, browser.account)
    expect(reported.filter((event) => event === 'ip-address-changed')).toHaveLength(20)
    expect(reported.filter((event) => event === 'concurrent-use')).toHaveLength(1)
  })
})

describe.each(databases)('two places at once, on %s (CS-SM-12, V6.3.5)', (kind) => {
  it('is told once, by an event and a letter, and is asked for the password everywhere', async () => {
    await using app = await anApp(kind, withoutGeo)
    const browser = await signedInAt(app, lyon)
    const attacker = movedTo(app, browser, forwardedFor(unlocated))
    for (let n = 0; n < 3; n += 1) {
      await attacker.open('/dashboard')
      app.clock.advance(minute)
      await browser.open('/dashboard')
      app.clock.advance(minute)
    }
    const reported = await events(app, browser.account)
    expect(reported.filter((event) => event === 'concurrent-use')).toHaveLength(1)
    expect(await suspicionEmails(app, browser.account)).toEqual([
      {
        kind: 'suspicious-use',
        suspicion: 'concurrent-use',
        at: expect.any(Number),
        from: { device: 'Firefox on Linux', ipAddress: lyon, location: null },
      },
    ])
    expect(await statusesFor(browser)).toEqual(stepUpRequired)
    expect(await statusesFor(attacker)).toEqual(stepUpRequired)

    app.clock.advance(1)
    await browser.submit('/reauthenticate', { password: browser.account.password })
    expect(await statusesFor(browser)).toEqual(allowed)
    const text = textOf(await browser.open('/settings/security-log?kind=unusual'))
    expect(text).toMatch(/A session was used from two places at once Was that you\?/)
  })

  it('takes one return of another browser for it', async () => {
    await using app = await anApp(kind, withoutGeo)
    const browser = await signedInAt(app, lyon)
    await movedTo(app, browser, [...forwardedFor(unlocated), ['User-Agent', chrome]]).open(
      '/dashboard',
    )
    app.clock.advance(minute)
    expect(await suspicionEmails(app, browser.account)).toEqual([])
    await browser.open('/dashboard')
    expect(await suspicionEmails(app, browser.account)).toMatchObject([
      { suspicion: 'concurrent-use' },
    ])
  })
})

describe.each(databases)('impossible travel, on %s (CS-SM-12, V6.3.5)', (kind) => {
  const opened = useApp(kind, withGeo)

  it('within a session: an event, a letter that says where, and the password before what is sensitive', async () => {
    const app = opened()
    const browser = await signedInAt(app, lyon)
    app.clock.advance(5 * hour)
    // Signed in long ago, and used a moment before.
    const active = await signedInAt(app, lyon, browser.account)
    app.clock.advance(minute)
    const attacker = movedTo(app, active, forwardedFor(sydney))
    expect((await attacker.open('/dashboard')).status).toBe(200)
    expect(await events(app, browser.account)).toContain('impossible-travel')
    expect(await suspicionEmails(app, browser.account)).toEqual([
      {
        kind: 'suspicious-use',
        suspicion: 'impossible-travel',
        at: app.clock.now(),
        from: { device: 'Firefox on Linux', ipAddress: sydney, location: 'Sydney, Australia' },
      },
    ])
    expect(await statusesFor(attacker)).toEqual(stepUpRequired)
    expect(await statusesFor(active)).toEqual(stepUpRequired)
    app.clock.advance(1)
    await active.submit('/reauthenticate', { password: browser.account.password })
    expect(await statusesFor(active)).toEqual(allowed)
  })

  it('by a sign-in, over IPv6 too: a session elsewhere was in use a moment ago', async () => {
    const app = opened()
    const browser = await signedInAt(app, lyon)
    app.clock.advance(20 * minute)
    await browser.open('/dashboard')
    await app.flushActivity()
    app.clock.advance(minute)
    const other = await signedInAt(app, auckland, browser.account)
    expect(await events(app, browser.account)).toContain('impossible-travel')
    expect(await statusesFor(other)).toEqual(stepUpRequired)
    // Nothing was odd about that one.
    app.clock.advance(1)
    await browser.submit('/reauthenticate', { password: browser.account.password })
    expect(await statusesFor(browser)).toEqual(allowed)
  })

  it('by a sign-in after a sign-out, and not if there was time enough', async () => {
    const app = opened()
    const browser = await signedInAt(app, lyon)
    await browser.submit('/logout', {}, { on: '/dashboard' })
    const account = browser.account
    app.clock.advance(17 * hour)
    await signedInAt(app, sydney, account)
    expect(await events(app, account)).not.toContain('impossible-travel')
    app.clock.advance(2 * hour)
    await signedInAt(app, lyon, account)
    expect(await events(app, account)).toContain('impossible-travel')
  })

  it('is not what a phone does, nor what happens where places are not known', async () => {
    const app = opened()
    const browser = await signedInAt(app, lyon)
    for (const address of [lyonMobile, unlocated, otherBrowser, ipAddresses.somewhereInJapan]) {
      await movedTo(app, browser, forwardedFor(address)).open('/dashboard')
    }
    expect(await suspicionEmails(app, browser.account)).toEqual([])
  })

  it('is written to a person once a day, whoever makes it how often', async () => {
    const app = opened()
    const browser = await signedInAt(app, lyon)
    const account = browser.account
    for (let n = 0; n < 5; n += 1) {
      app.clock.advance(minute)
      await signedInAt(app, n % 2 === 0 ? sydney : lyon, account)
    }
    expect(await suspicionEmails(app, account)).toHaveLength(1)
    app.clock.advance(24 * hour)
    await signedInAt(app, lyon, account)
    app.clock.advance(minute)
    await signedInAt(app, sydney, account)
    expect(await suspicionEmails(app, account)).toHaveLength(2)
  })
})

describe.each(databases)('many failed sign-ins, on %s (V6.3.5)', (kind) => {
  async function fail(app: TestApp, { email }: Account, times: number) {
    for (let n = 0; n < times; n += 1) {
      // By then the throttle lets the next one through.
      app.clock.advance(minute / 2)
      await aBrowser(app, forwardedFor(sydney)).signIn({ email, password: 'wrong' })
    }
  }

  it('are told from the tenth in a row on, once, and ask for the password in every session', async () => {
    await using app = await anApp(kind, withoutGeo)
    const account = await app.account()
    await fail(app, account, 9)
    app.clock.advance(minute)
    const browser = await signedInAt(app, lyon, account)
    await fail(app, account, 9)
    expect(await suspicionEmails(app, account)).toEqual([])
    expect(await statusesFor(browser)).toEqual(allowed)
    await fail(app, account, 1)
    const sentEmail = { kind: 'many-failed-sign-ins', failures: 10, at: app.clock.now() }
    expect(await suspicionEmails(app, account)).toEqual([sentEmail])
    await fail(app, account, 1)
    expect(await suspicionEmails(app, account)).toEqual([sentEmail])
    const reported = await events(app, account)
    expect(reported.filter((event) => event === 'many-failed-sign-ins')).toHaveLength(1)

    expect(await statusesFor(browser)).toEqual(stepUpRequired)
    app.clock.advance(minute)
    await browser.submit('/reauthenticate', { password: account.password })
    expect(await statusesFor(browser)).toEqual(allowed)
    const text = textOf(await browser.open('/settings/security-log?kind=unusual'))
    expect(text).toContain('10 wrong passwords in a row Was that you?')
  })

  it('are also those of whoever has a session and guesses at the password', async () => {
    await using app = await anApp(kind, withoutGeo)
    const browser = await signedInAt(app, lyon)
    for (let n = 0; n < 10; n += 1) {
      app.clock.advance(minute / 2)
      await browser.submit('/reauthenticate', { password: 'wrong' })
    }
    expect(await suspicionEmails(app, browser.account)).toHaveLength(1)
  })
})

describe.each(databases)('addresses and browsers, on %s (V14.2.7, CS-SM-13)', (kind) => {
  it('are gone from sessions thirty days after these have ended, and from all that is kept after a year', async () => {
    await using app = await anApp(kind, withGeo)
    const browser = await signedInAt(app, lyon)
    const redirect = movedTo(app, browser, [...forwardedFor(sydney), ['User-Agent', chrome]])
    await redirect.open('/dashboard')
    await app.runDetection()
    await redirect.submit('/logout', {}, { on: '/dashboard' })
    await app.flushSecurityEvents()
    const contains = async (table: string) =>
      JSON.stringify(await app.storage.query(`SELECT * FROM ${table}`)).includes(lyon)

    app.clock.advance(29 * day)
    await app.sweepSessions()
    expect(await contains('sessions')).toBe(true)
    app.clock.advance(day + 1)
    await app.sweepSessions()
    expect([await contains('sessions'), await contains('security_events')]).toEqual([false, true])
    app.clock.advance(335 * day)
    await app.useCases.purge()
    const dump = await app.storage.dump()
    for (const stored of [lyon, sydney, 'Firefox/140', 'Chrome/140'])
      expect(dump).not.toContain(stored)
  })
})

describe.each(databases)('telling of what is unusual, on %s', (kind) => {
  it('is not held up by a session whose record is damaged by then', async () => {
    await using app = await anApp(kind, withGeo)
    const [damaged, intact] = [await signedInAt(app, lyon), await signedInAt(app, lyon)]
    const attackers = [damaged, intact].map((browser) =>
      movedTo(app, browser, forwardedFor(sydney)),
    )
    for (const attacker of attackers) expect((await attacker.open('/dashboard')).status).toBe(200)
    const where = `WHERE user_id = '${damaged.account.id}'`
    await app.storage.query(`UPDATE sessions SET data = '{"v":2}' ${where}`)
    for (const { account } of [damaged, intact]) {
      expect(await events(app, account)).toContain('impossible-travel')
      expect(await suspicionEmails(app, account)).toHaveLength(1)
    }
    expect(await statusesFor(intact)).toEqual(stepUpRequired)
  })

  it('waits for the database, and tells nothing twice', async () => {
    await using app = await anApp(kind, withGeo)
    const browser = await signedInAt(app, lyon)
    await movedTo(app, browser, forwardedFor(sydney)).open('/dashboard')
    for (const method of [
      'securityEvents.list',
      'notifications.claim',
      'store.replaceData',
      'users.find',
    ]) {
      app.faults.fail(method, () => new RepositoryError('planted'))
      await expect(app.runDetection()).rejects.toThrow()
      app.faults.restore()
    }
    expect(app.emails()).toEqual([])
    const reported = await events(app, browser.account)
    expect(reported.filter((event) => event === 'impossible-travel')).toHaveLength(1)
    expect(await suspicionEmails(app, browser.account)).toHaveLength(1)
  })

  it('is not lost to a database that fails while more wrong passwords come', async () => {
    await using app = await anApp(kind, withoutGeo)
    const browser = await signedInAt(app, lyon)
    const { account } = browser
    const guess = async () => {
      app.clock.advance(minute / 2)
      await aBrowser(app, forwardedFor(sydney)).signIn({ email: account.email, password: 'wrong' })
    }
    for (let n = 0; n < 10; n += 1) await guess()
    // What decides that it is told is written by then, and it is not told yet.
    app.faults.fail('store.listByUser', () => new RepositoryError('planted'))
    await expect(app.runDetection()).rejects.toThrow()
    app.faults.restore()
    await guess()
    expect(await suspicionEmails(app, account)).toMatchObject([{ kind: 'many-failed-sign-ins' }])
    expect(await events(app, account)).toContain('many-failed-sign-ins')
    expect(await statusesFor(browser)).toEqual(stepUpRequired)
  })

  it('is decided by one statement: of many that see the same at once one tells', async () => {
    await using app = await anApp(kind, withoutGeo)
    const { id: userId } = await app.account()
    const notification = { userId, subject: 'x', at: app.clock.now(), interval: hour }
    const claim = (sentBy: number, later = 0) =>
      app.persistence.notifications.claim({
        ...notification,
        sentBy: `${sentBy}`,
        at: notification.at + later,
      })
    const claimed = await Promise.all(Array.from({ length: 30 }, (_, n) => claim(n)))
    expect(claimed.filter(Boolean)).toHaveLength(1)
    expect(await claim(claimed.indexOf(true))).toBe(true)
    expect(await claim(99, hour - 1)).toBe(false)
    expect(await claim(99, hour)).toBe(true)
    const unknownUser = { ...notification, userId: 'nobody', sentBy: '1' }
    expect(await app.persistence.notifications.claim(unknownUser)).toBe(false)
    app.clock.advance(26 * hour)
    await app.useCases.purge()
    expect(await app.storage.query('SELECT * FROM sent_notifications')).toEqual([])
  })
})
