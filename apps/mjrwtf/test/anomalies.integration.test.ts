import { afterAll, describe, expect, it } from 'vitest'
import { RepositoryError } from '../src/application/ports/repository-error.ts'
import { aBrowser, type Browser, textOf } from './support/browser.ts'
import { ipAddresses, writeGeoFile } from './support/geo-file.ts'
import { type Account, proxied, type TestApp } from './support/open-app.ts'
import { anAccountWithAuthenticator, sendCode } from './support/second-factors.ts'
import type { RawHeaders } from './support/send.ts'
import { databases } from './support/storage.ts'
import { anApp, useApp } from './support/use-app.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const { lyon, lyonMobile, sydney, auckland, unlocated } = ipAddresses
const otherBrowser = '100.127.9.7'

const geoFile = writeGeoFile()
afterAll(geoFile.remove)
const withGeo = { env: { ...proxied, GEOIP_DATABASE: geoFile.path } }
const withoutGeo = { env: proxied }

const chrome = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0.0.0 Safari/537.36'
const forwardedFor = (ipAddress: string): RawHeaders => [['X-Forwarded-For', ipAddress]]

/** A browser at an IP address. Its cookies can be copied to another browser. */
async function signedInAt(app: TestApp, ipAddress: string, account?: Account) {
  const signedInAccount = account ?? (await app.account())
  const browser = aBrowser(app, forwardedFor(ipAddress))
  const answer = await browser.signIn(signedInAccount)
  if (answer.status !== 303) throw new Error(`Sign-in was answered ${answer.status}.`)
  return Object.assign(browser, { account: signedInAccount })
}

/**
 * The same session in another client: the user's laptop on the road, or an attacker with the
 * cookie.
 */
function movedTo(app: TestApp, { cookies }: Browser, headers: RawHeaders): Browser {
  const moved = aBrowser(app, headers)
  for (const [name, value] of cookies) moved.cookies.set(name, value)
  return moved
}

/** Responses to an ordinary page, a sensitive page and a sensitive API call. */
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

describe.each(databases)('change of client within a session, on %s (CS-SM-12, 63B 5.3)', (kind) => {
  const opened = useApp(kind, withoutGeo)

  it.each<[string, RawHeaders, string]>([
    ['another network', forwardedFor(unlocated), 'ip-address-changed'],
    ['another browser', [...forwardedFor(lyon), ['User-Agent', chrome]], 'user-agent-changed'],
  ])(
    '%s: stays active, is reported, requires step-up for sensitive actions',
    async (_, headers, event) => {
      const app = opened()
      const browser = await signedInAt(app, lyon)
      expect(await statusesFor(browser)).toEqual(allowed)
      const moved = movedTo(app, browser, headers)
      // The very first request of the new client is the sensitive one.
      expect((await moved.open('/settings/password')).location).toBe(stepUpRequired[1])
      expect(await statusesFor(moved)).toEqual(stepUpRequired)
      const rejected = await moved.call('DELETE', `/api/sessions/${'A'.repeat(22)}`)
      expect(rejected.json()).toMatchObject({ error: { code: 'recent_authentication_required' } })
      expect(await events(app, browser.account)).toContain(event)
      expect(await suspicionEmails(app, browser.account)).toEqual([])

      await moved.submit('/reauthenticate', { password: browser.account.password })
      expect(await statusesFor(moved)).toEqual(allowed)
      // Both clients are confirmed by now.
      const back = movedTo(app, moved, forwardedFor(lyon))
      expect(await statusesFor(back)).toEqual(allowed)
    },
  )

  it('another IP address of the same network: stays active, is logged, needs no step-up', async () => {
    const app = opened()
    const browser = await signedInAt(app, lyon)
    const moved = movedTo(app, browser, forwardedFor('203.0.113.99'))
    expect(await statusesFor(moved)).toEqual(allowed)
    expect(await events(app, browser.account)).toContain('ip-address-changed')
    const log = textOf(await moved.open('/settings/security-log'))
    expect(log).toContain('IP address changed Before: 203.0.113.7')
    await movedTo(app, moved, forwardedFor(unlocated)).open('/dashboard')
    const after = textOf(await moved.open('/settings/security-log?kind=changes'))
    expect(after).toContain('Network changed Before: 203.0.113.99')
  })

  it('sends no email about a phone that switches networks and returns', async () => {
    const app = opened()
    const browser = await signedInAt(app, lyon)
    for (const ipAddress of [lyonMobile, lyon, lyonMobile, lyon]) {
      app.clock.advance(minute)
      await movedTo(app, browser, forwardedFor(ipAddress)).open('/dashboard')
    }
    expect(await suspicionEmails(app, browser.account)).toEqual([])
    expect(await events(app, browser.account)).not.toContain('concurrent-use')
  })

  it('logs at most twenty IP address changes an hour when the network flaps', async () => {
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

describe.each(databases)('concurrent use from two locations, on %s (CS-SM-12, V6.3.5)', (kind) => {
  it('is reported once, by event and email, and requires step-up in both clients', async () => {
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
    expect(text).toMatch(/Session used in two places at the same time Was this you\?/)
  })

  it('one return with another browser counts as concurrent use', async () => {
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

  it('within a session: logs an event, emails the location and requires step-up', async () => {
    const app = opened()
    const browser = await signedInAt(app, lyon)
    app.clock.advance(5 * hour)
    // A second session of the same user: signed in earlier, used a moment ago.
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

  it('sign-in over IPv6 while another session is active far away: requires step-up', async () => {
    const app = opened()
    const browser = await signedInAt(app, lyon)
    app.clock.advance(20 * minute)
    await browser.open('/dashboard')
    await app.flushActivity()
    app.clock.advance(minute)
    const other = await signedInAt(app, auckland, browser.account)
    expect(await events(app, browser.account)).toContain('impossible-travel')
    expect(await statusesFor(other)).toEqual(stepUpRequired)
    // The older session is confirmed by its own step-up.
    app.clock.advance(1)
    await browser.submit('/reauthenticate', { password: browser.account.password })
    expect(await statusesFor(browser)).toEqual(allowed)
  })

  it('sign-in after a sign-out elsewhere: reported only if there was too little time to travel', async () => {
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

  it('is not reported for a phone that changes networks or for unknown locations', async () => {
    const app = opened()
    const browser = await signedInAt(app, lyon)
    for (const ipAddress of [lyonMobile, unlocated, otherBrowser, ipAddresses.somewhereInJapan]) {
      await movedTo(app, browser, forwardedFor(ipAddress)).open('/dashboard')
    }
    expect(await suspicionEmails(app, browser.account)).toEqual([])
  })

  it('sends at most one email a day per user', async () => {
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

describe.each(databases)('repeated failed sign-ins, on %s (V6.3.5)', (kind) => {
  async function fail(app: TestApp, { email }: Account, times: number) {
    for (let n = 0; n < times; n += 1) {
      // By then the throttle allows the next attempt.
      app.clock.advance(minute / 2)
      await aBrowser(app, forwardedFor(sydney)).signIn({ email, password: 'wrong' })
    }
  }

  it('are reported once, from the tenth in a row on, and require step-up in every session', async () => {
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
    expect(text).toContain('10 wrong passwords in a row Was this you?')
  })

  it('at the second step are reported from the fifth on: someone knows the password', async () => {
    await using app = await anApp(kind, withoutGeo)
    const { account, authenticator } = await anAccountWithAuthenticator(app)
    const attacker = aBrowser(app, forwardedFor(sydney))
    const fails = async (times: number) => {
      await attacker.signIn(account)
      for (let n = 0; n < times; n += 1) {
        app.clock.advance(1_000)
        await attacker.submit('/login/second-factor', {
          method: 'authenticator',
          code: authenticator.wrongCode(),
        })
      }
    }
    await fails(4)
    app.clock.advance(1_000)
    const owner = aBrowser(app, forwardedFor(lyon))
    await owner.signIn(account)
    expect((await sendCode(owner, authenticator)).location).toBe('/dashboard')
    await fails(4)
    expect(await suspicionEmails(app, account)).toEqual([])
    await fails(1)
    const kindOfEmail = 'many-failed-second-factors'
    const sentEmail = { kind: kindOfEmail, failures: 5, at: app.clock.now() }
    expect(await suspicionEmails(app, account)).toEqual([sentEmail])
    expect((await events(app, account)).filter((event) => event === kindOfEmail)).toHaveLength(1)
  })

  it('include wrong passwords entered at reauthentication', async () => {
    await using app = await anApp(kind, withoutGeo)
    const browser = await signedInAt(app, lyon)
    for (let n = 0; n < 10; n += 1) {
      app.clock.advance(minute / 2)
      await browser.submit('/reauthenticate', { password: 'wrong' })
    }
    expect(await suspicionEmails(app, browser.account)).toHaveLength(1)
  })
})

describe.each(databases)(
  'retention of IP addresses and user agents, on %s (V14.2.7, CS-SM-13)',
  (kind) => {
    it('deletes them from sessions 30 days after their end and from all tables after a year', async () => {
      await using app = await anApp(kind, withGeo)
      const browser = await signedInAt(app, lyon)
      const moved = movedTo(app, browser, [...forwardedFor(sydney), ['User-Agent', chrome]])
      await moved.open('/dashboard')
      await app.runDetection()
      await moved.submit('/logout', {}, { on: '/dashboard' })
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
      await app.features.purge()
      const dump = await app.storage.dump()
      for (const stored of [lyon, sydney, 'Firefox/140', 'Chrome/140'])
        expect(dump).not.toContain(stored)
    })
  },
)

describe.each(databases)('anomaly detection, on %s', (kind) => {
  it('continues past a session whose record is corrupt', async () => {
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

  it('after a database failure, reports the anomaly exactly once', async () => {
    await using app = await anApp(kind, withGeo)
    const browser = await signedInAt(app, lyon)
    await movedTo(app, browser, forwardedFor(sydney)).open('/dashboard')
    for (const method of [
      'securityEvents.list',
      'notifications.claim',
      'store.updateData',
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

  it('reports failed sign-ins after a database failure while more occur', async () => {
    await using app = await anApp(kind, withoutGeo)
    const browser = await signedInAt(app, lyon)
    const { account } = browser
    const guess = async () => {
      app.clock.advance(minute / 2)
      await aBrowser(app, forwardedFor(sydney)).signIn({ email: account.email, password: 'wrong' })
    }
    for (let n = 0; n < 10; n += 1) await guess()
    // The notification is already claimed at this point but not yet sent.
    app.faults.fail('store.listByUser', () => new RepositoryError('planted'))
    await expect(app.runDetection()).rejects.toThrow()
    app.faults.restore()
    await guess()
    expect(await suspicionEmails(app, account)).toMatchObject([{ kind: 'many-failed-sign-ins' }])
    expect(await events(app, account)).toContain('many-failed-sign-ins')
    expect(await statusesFor(browser)).toEqual(stepUpRequired)
  })

  it('concurrent detections report once', async () => {
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
    // The clock was set back by more than any difference between machines.
    expect(await claim(100, -1)).toBe(true)
    const unknownUser = { ...notification, userId: 'nobody', sentBy: '1' }
    expect(await app.persistence.notifications.claim(unknownUser)).toBe(false)
    app.clock.advance(26 * hour)
    await app.features.purge()
    expect(await app.storage.query('SELECT * FROM sent_notifications')).toEqual([])
  })
})
