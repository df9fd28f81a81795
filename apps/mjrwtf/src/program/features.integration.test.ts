import { hash as argon2 } from '@node-rs/argon2'
import { describe, expect, it } from 'vitest'
import { type DatabaseKind, databaseKinds, openTestPersistence } from '../../test/persistence.ts'
import { createSigner, nodeSecrets } from '../adapters/crypto/secrets.ts'
import { detectBot, detectDevice } from '../adapters/devices/device-detector.ts'
import { createArgon2Hasher } from '../adapters/passwords/argon2-hasher.ts'
import { createBatchQueue } from '../adapters/queue/batch-queue.ts'
import { noBreachedPasswords } from '../application/ports/passwords.ts'
import { createLimits } from '../application/shared/rate-limits.ts'
import type { Click } from '../domain/click.ts'
import { day, hour, minute, second } from '../domain/time.ts'
import { createFeatures, type FeaturePorts } from './features.ts'

const password = 'walking giraffe umbrella'
const passwordHasher = createArgon2Hasher()
const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36'

async function open(kind: DatabaseKind, changes: Partial<FeaturePorts> = {}) {
  const opened = await openTestPersistence(kind)
  const { persistence } = opened
  const time = { now: Date.UTC(2030, 0, 15, 12) }
  const clickQueue = createBatchQueue<Click>({
    capacity: 1_000,
    onFailure: () => {},
    onDropped: () => {},
  })
  clickQueue.start(persistence.clicks.add)
  const ports: FeaturePorts = {
    ...persistence,
    ...noSessions,
    passwordHasher,
    addClick: clickQueue.add,
    isBot: detectBot,
    locateIp: () => null,
    limits: createLimits({ rateLimiter: persistence.rateLimiter, secrets: nodeSecrets }),
    describeLocation: () => null,
    detectDevice,
    sendMail: () => {},
    breachedPasswords: noBreachedPasswords,
    requestEmail: () => {},
    signer: createSigner(['k7Zq2vXw9RtYb4Nc8Lm3Hd6Jf1Gs5Ap0-_uEiOoTrWx']),
    secrets: nodeSecrets,
    clock: { now: () => time.now },
    passwordRules: { passwordMinLength: 15 },
    signUpMode: 'open',
    ownOrigins: ['https://mjr.example'],
    ...changes,
  }
  const features = createFeatures(ports)

  async function setUp() {
    const code = (await features.accounts.issueSetUpCode()) ?? ''
    const created = await features.accounts.setUp({ code, ...from('ann@example.com') })
    if (created.status !== 'created') throw new Error(created.status)
    return created.user
  }
  async function addUser(email: string, withPassword = password) {
    const request = { ...from(email), password: withPassword, invite: null }
    const created = await features.accounts.signUp(request)
    if (created.status !== 'created') throw new Error(created.status)
    return created.user
  }
  return { ...opened, ...features, ports, time, clickQueue, setUp, addUser }
}

/** Sessions and the security log are tested over HTTP. */
const noSessions = {
  sessions: {
    list: async () => [],
    end: async () => false,
    endAll: async () => 0,
    endAllByOperator: async () => 0,
  },
  staleSessions: { end: async () => {}, endOthers: async () => {} },
  stepUp: { require: async () => {}, requireAll: async () => {} },
  securityLog: { record: () => {}, list: unavailable, export: unavailable },
  flushSecurityEvents: async () => {},
}

function unavailable(): never {
  throw new Error('not part of these tests')
}

function from(email: string, ipAddress = '192.0.2.1') {
  return { email, password, ipAddress }
}

describe.each(databaseKinds)('on %s', (kind) => {
  describe('first account', () => {
    it('is created once with a set-up code and becomes the operator', async () => {
      await using app = await open(kind)
      expect(await app.accounts.needsSetUp()).toBe(true)
      expect(await app.rows('SELECT * FROM users')).toEqual([])
      const code = (await app.accounts.issueSetUpCode()) ?? ''
      expect(JSON.stringify(await app.rows('SELECT * FROM setup_codes'))).not.toContain(code)
      const account = { code, ...from('ann@example.com') }

      expect(await app.accounts.setUp({ ...account, code: 'guess' })).toEqual({
        status: 'wrong-code',
      })
      const weak = await app.accounts.setUp({ ...account, email: 'ann', password: 'short' })
      expect(weak).toMatchObject({
        status: 'invalid',
        fields: [{ field: 'email' }, { field: 'password' }],
      })
      const created = await app.accounts.setUp(account)
      expect(created).toMatchObject({ status: 'created', user: { isOperator: true } })
      expect(await app.accounts.setUp(account)).toEqual({ status: 'already-set-up' })
      expect(await app.accounts.issueSetUpCode()).toBeNull()
      expect(await app.accounts.needsSetUp()).toBe(false)
      expect((await app.accounts.findOperator())?.email).toBe('ann@example.com')
    })

    it('is created for exactly one of two parallel requests', async () => {
      await using app = await open(kind)
      const codes = [await app.accounts.issueSetUpCode(), await app.accounts.issueSetUpCode()]
      const outcomes = await Promise.all(
        codes.map((code, n) =>
          app.accounts.setUp({ code: code ?? '', ...from(`user${n}@example.com`) }),
        ),
      )
      expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['already-set-up', 'created'])
      expect(await app.rows('SELECT id FROM users')).toHaveLength(1)
    })

    it('rejects a set-up code after a day and throttles guesses', async () => {
      await using app = await open(kind)
      const code = (await app.accounts.issueSetUpCode()) ?? ''
      app.time.now += day
      const late = { code, ...from('ann@example.com') }
      expect(await app.accounts.setUp(late)).toEqual({ status: 'wrong-code' })
      const guesses = await Promise.all(
        Array.from({ length: 20 }, () => app.accounts.setUp({ ...late, code: 'guess' })),
      )
      expect(guesses.filter(({ status }) => status === 'throttled')).not.toHaveLength(0)
    })
  })

  describe('sign-up', () => {
    it('is closed until the operator exists, then accepts each email once', async () => {
      await using app = await open(kind)
      const bob = { ...from('bob@example.com'), invite: null }
      expect(await app.accounts.maySignUp(null)).toBe(false)
      expect(await app.accounts.signUp(bob)).toEqual({ status: 'closed' })
      await app.setUp()
      expect(await app.accounts.signUp(bob)).toMatchObject({
        status: 'created',
        user: { isOperator: false },
      })
      const again = await app.accounts.signUp({ ...bob, email: 'BOB@example.com' })
      expect(again).toMatchObject({ status: 'invalid', fields: [{ field: 'email' }] })
    })

    it('is closed with SIGNUP=closed, even with an invite', async () => {
      await using app = await open(kind, { signUpMode: 'closed' })
      const operator = await app.setUp()
      expect(await app.operator.createInvite(operator)).toEqual({ status: 'not-allowed' })
      expect(await app.accounts.maySignUp('anything')).toBe(false)
      const bob = { ...from('bob@example.com'), invite: 'anything' }
      expect(await app.accounts.signUp(bob)).toEqual({ status: 'closed' })
    })

    it('accepts an invite of the operator once', async () => {
      await using app = await open(kind, { signUpMode: 'invite' })
      const operator = await app.setUp()
      expect(await app.operator.createInvite({ ...operator, isOperator: false })).toEqual({
        status: 'not-allowed',
      })
      const created = await app.operator.createInvite(operator)
      const invite = created.status === 'created' ? created.code : ''
      expect(JSON.stringify(await app.rows('SELECT * FROM invites'))).not.toContain(invite)
      expect(await app.accounts.maySignUp(null)).toBe(false)
      expect(await app.accounts.maySignUp(invite)).toBe(true)

      const outcomes = await Promise.all(
        Array.from({ length: 5 }, (_, n) =>
          app.accounts.signUp({ ...from(`user${n}@example.com`), invite }),
        ),
      )
      expect(outcomes.filter(({ status }) => status === 'created')).toHaveLength(1)
      expect(outcomes.filter(({ status }) => status === 'closed')).toHaveLength(4)
      expect(await app.accounts.maySignUp(invite)).toBe(false)
    })

    it('rejects an invite after a week', async () => {
      await using app = await open(kind, { signUpMode: 'invite' })
      const created = await app.operator.createInvite(await app.setUp())
      app.time.now += 7 * day
      expect(await app.accounts.maySignUp(created.status === 'created' ? created.code : '')).toBe(
        false,
      )
    })

    it('rejects short, long, common and context-specific passwords', async () => {
      await using app = await open(kind)
      await app.setUp()
      const weakPasswords = [
        'fourteen chars',
        'x'.repeat(1_025),
        'passwordpassword',
        'bob.the@example',
      ]
      for (const bad of weakPasswords) {
        const email = 'bob.the@example.com'
        const outcome = await app.accounts.signUp({ ...from(email), password: bad, invite: null })
        expect(outcome).toMatchObject({ status: 'invalid', fields: [{ field: 'password' }] })
      }
      expect(await app.rows('SELECT id FROM users')).toHaveLength(1)
    })
  })

  describe('authenticate', () => {
    it('ignores the case of the email, compares the password exactly, at any age', async () => {
      await using app = await open(kind)
      await app.setUp()
      await app.addUser('zoe@example.com')
      const zoe = from('zoe@example.com')

      app.time.now += 400 * day
      const accepted = await app.signIn.authenticate(from('ZOE@Example.com'))
      expect(accepted).toMatchObject({
        status: 'authenticated',
        user: { email: 'zoe@example.com' },
        credentialsCheckedAt: app.time.now,
      })
      for (const wrong of [`${password} `, ` ${password}`, password.toUpperCase(), '']) {
        expect(await app.signIn.authenticate({ ...zoe, password: wrong })).toMatchObject({
          status: 'wrong',
        })
      }
    })

    it('accepts the password in any Unicode normalization form', async () => {
      await using app = await open(kind)
      await app.setUp()
      await app.addUser('kim@example.com', 'cafe\u0301 creme, two croissants')
      const composed = { ...from('kim@example.com'), password: 'caf\u00e9 creme, two croissants' }
      expect(await app.signIn.authenticate(composed)).toMatchObject({ status: 'authenticated' })
    })

    it('returns the same for unknown emails, wrong passwords, invalid and overlong input', async () => {
      await using app = await open(kind)
      await app.setUp()
      const wrong = [
        { email: 'ann@example.com', password: 'wrong' },
        { email: 'nobody@example.com', password },
        { email: 'not\u0000an address', password },
        { email: 'ann@example.com', password: 'x'.repeat(5_000) },
        { email: '', password: '' },
      ]
      for (const attempt of wrong) {
        const outcome = await app.signIn.authenticate({ ...attempt, ipAddress: '192.0.2.1' })
        expect(outcome).toMatchObject({ status: 'wrong' })
      }
    })

    it('replaces an outdated password hash', async () => {
      await using app = await open(kind)
      const ann = await app.setUp()
      const cheap = await argon2(password, { memoryCost: 8_192, timeCost: 1, parallelism: 1 })
      const stored = await app.ports.users.findByEmail(ann.email)
      await app.ports.users.replacePasswordHash(ann.id, stored?.passwordHash ?? '', cheap)

      expect(await app.signIn.authenticate(from(ann.email))).toMatchObject({
        status: 'authenticated',
      })
      const upgraded = await app.ports.users.findByEmail(ann.email)
      expect(upgraded?.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
      expect(await app.signIn.authenticate(from(ann.email))).toMatchObject({
        status: 'authenticated',
      })
    })
  })

  describe('failed sign-ins', () => {
    const wrong = (email: string, ipAddress?: string) => ({
      ...from(email, ipAddress),
      password: 'wrong',
    })

    it.each(['ann@example.com', 'nobody@example.com'])(
      'are throttled for %s, even 50 in parallel from 50 IP addresses',
      async (email) => {
        await using app = await open(kind)
        await app.setUp()
        const outcomes = await Promise.all(
          Array.from({ length: 50 }, (_, n) =>
            app.signIn.authenticate(wrong(email, `192.0.2.${n}`)),
          ),
        )
        const statuses = outcomes.map(({ status }) => status)
        expect(statuses.filter((status) => status === 'wrong')).toHaveLength(6)
        expect(statuses.filter((status) => status === 'throttled')).toHaveLength(44)
        // The correct password is throttled too.
        expect(await app.signIn.authenticate(from(email, '198.51.100.1'))).toEqual({
          status: 'throttled',
          retryAfterSeconds: 1,
        })
      },
    )

    it('from one IP address are throttled across accounts', async () => {
      await using app = await open(kind)
      const outcomes: string[] = []
      for (let n = 0; n < 30; n += 1) {
        outcomes.push((await app.signIn.authenticate(wrong(`user${n}@example.com`))).status)
      }
      expect(outcomes.indexOf('throttled')).toBe(21)
      const elsewhere = await app.signIn.authenticate(wrong('x@example.com', '2001:db8::1'))
      expect(elsewhere.status).toBe('wrong')
    })

    it('do not count for the IP address while the account is throttled', async () => {
      await using app = await open(kind)
      const outcomes = await Promise.all(
        Array.from({ length: 60 }, () => app.signIn.authenticate(wrong('ann@example.com'))),
      )
      expect(outcomes.filter(({ status }) => status === 'throttled')).not.toHaveLength(0)
      expect(await app.signIn.authenticate(wrong('bob@example.com'))).toMatchObject({
        status: 'wrong',
      })
    })

    it('are reset by a success', async () => {
      await using app = await open(kind)
      await app.setUp()
      for (let round = 0; round < 3; round += 1) {
        for (let n = 0; n < 5; n += 1) {
          expect(await app.signIn.authenticate(wrong('ann@example.com'))).toMatchObject({
            status: 'wrong',
          })
        }
        const right = await app.signIn.authenticate(from('ann@example.com'))
        expect(right.status).toBe('authenticated')
      }
    })

    it('lock the account after 100 in a row, until the operator unlocks it', async () => {
      await using app = await open(kind)
      const { email } = await app.setUp()
      const counter = 'SELECT max(failures) AS failures FROM attempts'
      for (let n = 0; n < 4; n += 1) await app.signIn.authenticate(wrong(email, `203.0.113.${n}`))
      await app.rows('UPDATE attempts SET failures = 99 WHERE failures = 4')
      expect(await app.rows(counter)).toEqual([{ failures: 99 }])
      app.time.now += hour
      expect(await app.signIn.authenticate(wrong(email))).toMatchObject({ status: 'wrong' })
      app.time.now += 400 * day
      expect(await app.signIn.authenticate(from(email))).toEqual({
        status: 'throttled',
        retryAfterSeconds: (15 * minute) / second,
      })
      await app.signIn.unlockAccount(email)
      expect(await app.signIn.authenticate(from(email))).toMatchObject({ status: 'authenticated' })
    })

    it('store no email, IP address or password in the counters', async () => {
      await using app = await open(kind)
      await app.signIn.authenticate(wrong('ann@example.com', '192.0.2.99'))
      const stored = JSON.stringify(await app.rows('SELECT * FROM attempts'))
      expect(stored).not.toMatch(/ann|example|192\.0/)
    })
  })

  describe('links', () => {
    it('are created, followed, counted, edited and removed', async () => {
      await using app = await open(kind)
      const { id: ownerId } = await app.setUp()
      const created = await app.links.shorten({ ownerId, destination: 'https://example.com/a' })
      if (created.status !== 'shortened') throw new Error(created.status)
      const { shortCode } = created.link
      const followed = await app.links.follow(shortCode)
      expect(followed).toMatchObject({
        status: 'found',
        link: { destination: 'https://example.com/a' },
      })

      const visit = {
        linkId: created.link.id,
        referrer: 'https://news.example/x',
        userAgent: chrome,
        ipAddress: null,
      }
      app.links.recordClick(visit)
      app.links.recordClick({ ...visit, userAgent: 'Googlebot/2.1' })
      await app.clickQueue.close()
      expect(await app.links.find({ ownerId, shortCode })).toMatchObject({ clickCount: 1 })
      expect(await app.links.analyze({ ownerId, shortCode })).toMatchObject({
        status: 'analyzed',
        analytics: {
          totalClicks: 1,
          byReferrer: [{ key: 'news.example', clicks: 1 }],
          byAgent: [{ key: 'Chrome', clicks: 1 }],
        },
      })

      const expiresAt = new Date(app.time.now + hour).toISOString()
      expect(await app.links.edit({ ownerId, shortCode, expiresAt })).toMatchObject({
        status: 'edited',
      })
      app.time.now += hour
      expect(await app.links.follow(shortCode)).toEqual({ status: 'gone' })
      await app.links.edit({ ownerId, shortCode, expiresAt: null })
      expect((await app.links.follow(shortCode)).status).toBe('found')
      expect(await app.links.remove({ ownerId, shortCode })).toBe(true)
      expect(await app.links.follow(shortCode)).toEqual({ status: 'gone' })
      expect(await app.links.follow('nothing')).toEqual({ status: 'unknown' })
      expect(await app.links.follow('no\u0000thing')).toEqual({ status: 'unknown' })
    })

    it('report all invalid fields at once', async () => {
      await using app = await open(kind)
      const { id: ownerId } = await app.setUp()
      const destination = 'https://mjr.example/abc'
      const bad = { ownerId, destination, shortCode: 'LOGIN', expiresAt: 'yesterday' }
      const created = await app.links.shorten(bad)
      const fields = created.status === 'invalid' ? created.fields.map(({ field }) => field) : []
      expect(fields).toEqual(['destination', 'expiresAt', 'shortCode'])
    })

    it('have unique short codes, even with parallel requests or repeated random bytes', async () => {
      await using app = await open(kind)
      const { id: ownerId } = await app.setUp()
      const request = { ownerId, destination: 'https://example.com', shortCode: 'mine' }
      const outcomes = await Promise.all([app.links.shorten(request), app.links.shorten(request)])
      expect(outcomes.map(({ status }) => status).toSorted()).toEqual([
        'short-code-taken',
        'shortened',
      ])
      const generated = { bytes: () => new Uint8Array(16) }
      const unlucky = createFeatures({ ...app.ports, secrets: { ...nodeSecrets, ...generated } })
      const free = { ownerId, destination: 'https://example.com' }
      expect((await unlucky.links.shorten(free)).status).toBe('shortened')
      await expect(unlucky.links.shorten(free)).rejects.toThrow('No available short code')
    })

    it('of other users cannot be found, edited, removed or analyzed', async () => {
      await using app = await open(kind)
      const ann = await app.setUp()
      const { id: bob } = await app.addUser('bob@example.com')
      const link = { ownerId: ann.id, destination: 'https://example.com', shortCode: 'hers' }
      await app.links.shorten(link)
      const before = await app.rows('SELECT * FROM links')

      const own = { ownerId: bob, shortCode: 'hers' }
      expect(await app.links.find(own)).toBeNull()
      expect(await app.links.remove(own)).toBe(false)
      const evil = { ...own, destination: 'javascript:alert(1)' }
      expect(await app.links.edit(evil)).toEqual({ status: 'not-found' })
      expect(await app.links.analyze({ ...own, start: 'bad' })).toEqual({ status: 'not-found' })
      expect(await app.rows('SELECT * FROM links')).toEqual(before)
    })

    it('are limited to 300 per window', async () => {
      await using app = await open(kind)
      const { id: ownerId } = await app.setUp()
      const statuses: string[] = []
      // In batches: 310 parallel requests could exceed the connect timeout of the pool on a busy machine.
      for (let batch = 0; batch < 7; batch += 1) {
        const outcomes = await Promise.all(
          Array.from({ length: 50 }, () =>
            app.links.shorten({ ownerId, destination: 'https://example.com' }),
          ),
        )
        statuses.push(...outcomes.map(({ status }) => status))
      }
      expect(statuses.filter((status) => status === 'throttled')).toHaveLength(50)
    })

    it('are analyzed between two instants; an incomplete range is rejected', async () => {
      await using app = await open(kind)
      const { id: ownerId } = await app.setUp()
      const own = { ownerId, shortCode: 'mine' }
      await app.links.shorten({ ...own, destination: 'https://example.com' })
      const [start, end] = ['2030-01-01T00:00:00Z', '2030-01-02T00:00:00+01:00']
      const invalidFields = async (range: { start?: string; end?: string }) => {
        const outcome = await app.links.analyze({ ...own, ...range })
        return outcome.status === 'invalid' ? outcome.fields.map(({ field }) => field) : []
      }
      expect(await invalidFields({ start, end })).toEqual([])
      expect(await invalidFields({ start })).toEqual(['end'])
      expect(await invalidFields({ end })).toEqual(['start'])
      expect(await invalidFields({ start: end, end: start })).toEqual(['end'])
      expect(await invalidFields({ start: '2030', end: 'x' })).toEqual(['start', 'end'])
    })
  })
})
