import { describe, expect, it } from 'vitest'
import { type DatabaseKind, databaseKinds, openTestPersistence } from '../../../test/persistence.ts'
import type { UserWithPasswordHash } from '../../application/ports/user-repository.ts'
import { type AttemptPolicy, accountPolicy, delayAfter } from '../../domain/attempt-policy.ts'
import { type Click, unknownSource } from '../../domain/click.ts'
import { type Link, linkDefaults } from '../../domain/link.ts'
import { day, hour, minute, second } from '../../domain/time.ts'
import { nodeSecrets } from '../crypto/secrets.ts'

const now = Date.UTC(2030, 0, 15, 12)

const unchanged = {
  hasPassword: true,
  passwordVersion: 0,
  passwordChangedBySession: null,
  passwordChangedAt: null,
  passwordResets: 0,
  secondFactors: 0,
}

function aUser(
  email = `${nodeSecrets.id()}@example.com`,
  isOperator = false,
): UserWithPasswordHash {
  const user = { id: nodeSecrets.id(), email, createdAt: now, isOperator, ...unchanged }
  return { user, passwordHash: '$argon2id$kept' }
}

function aLink(ownerId: string, shortCode: string, changes: Partial<Link> = {}): Link {
  const destination = `https://example.com/${shortCode}`
  const times = { ...linkDefaults, createdAt: now }
  return { id: nodeSecrets.id(), shortCode, destination, ownerId, ...times, ...changes }
}

function aClick(linkId: string, changes: Partial<Click> = {}): Click {
  const noDetails = { ...unknownSource, count: 1 }
  return { id: nodeSecrets.id(), linkId, at: now, ...noDetails, ...changes }
}

async function open(kind: DatabaseKind) {
  const opened = await openTestPersistence(kind)
  const { users, links } = opened.persistence
  const addUser = async (email?: string) => {
    const added = aUser(email)
    expect(await users.add(added)).toBe('added')
    return added.user
  }
  const addLink = async (ownerId: string, shortCode: string, changes?: Partial<Link>) => {
    const link = aLink(ownerId, shortCode, changes)
    expect(await links.add(link)).toBe('added')
    return link
  }
  return { ...opened, ...opened.persistence, addUser, addLink }
}

describe.each(databaseKinds)('repositories on %s', (kind) => {
  describe('users', () => {
    it('are found by id and by email in any case', async () => {
      await using opened = await open(kind)
      const { users } = opened
      const ann = aUser(' J\u00f6rg@Example.com'.trim())
      await users.add(ann)

      expect(await users.find(ann.user.id)).toEqual(ann.user)
      expect(await users.findByEmail('jo\u0308RG@EXAMPLE.com')).toEqual({
        ...ann,
        isSuspended: false,
      })
      expect(await users.findByEmail('other@example.com')).toBeNull()
      expect(await users.find('nobody')).toBeNull()
      expect(await users.add(aUser('J\u00d6RG@example.com'))).toBe('email-unavailable')
    })

    it('create one first account of 50 concurrent attempts', async () => {
      await using opened = await open(kind)
      const { users } = opened
      expect(await users.hasOperator()).toBe(false)
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, () => users.addOperator(aUser())),
      )
      expect(outcomes.filter((added) => added)).toHaveLength(1)
      expect(await opened.rows('SELECT id FROM users')).toHaveLength(1)
      expect((await users.findOperator())?.isOperator).toBe(true)
      expect(await users.hasOperator()).toBe(true)
    })

    it('use an invite once of 50 concurrent attempts', async () => {
      await using opened = await open(kind)
      const { users, invites } = opened
      await users.addOperator(aUser())
      const createdBy = (await users.findOperator())?.id ?? ''
      const times = { createdAt: now, expiresAt: now + day }
      await invites.add({ id: 'invite', hash: 'hash', createdBy, ...times })
      expect(await invites.isUsable('hash', now)).toBe(true)

      const outcomes = await Promise.all(
        Array.from({ length: 50 }, () => users.addInvited(aUser(), 'hash')),
      )
      expect(outcomes.filter((outcome) => outcome === 'added')).toHaveLength(1)
      expect(outcomes.filter((outcome) => outcome === 'invite-used')).toHaveLength(49)
      expect(await opened.rows('SELECT id FROM users')).toHaveLength(2)
      expect(await invites.isUsable('hash', now)).toBe(false)
    })

    it('reject unknown and expired invites and emails in use', async () => {
      await using opened = await open(kind)
      const { users, invites, addUser } = opened
      const ann = await addUser()
      const times = { createdAt: now - day, expiresAt: now }
      await invites.add({ id: 'over', hash: 'over', createdBy: ann.id, ...times })
      await invites.add({
        id: 'good',
        hash: 'good',
        createdBy: ann.id,
        ...times,
        expiresAt: now + 1,
      })

      expect(await users.addInvited(aUser(), 'unknown')).toBe('invite-used')
      expect(await users.addInvited(aUser(), 'over')).toBe('invite-used')
      expect(await users.addInvited(aUser(ann.email), 'good')).toBe('email-unavailable')
      expect(await invites.isUsable('good', now)).toBe(true)
      expect(await invites.isUsable('over', now)).toBe(false)
    })

    it('replace a hash only if it is still the expected one', async () => {
      await using opened = await open(kind)
      const { users, addUser } = opened
      const { id, email } = await addUser()
      await users.replacePasswordHash(id, 'another', 'late')
      expect((await users.findByEmail(email))?.passwordHash).toBe('$argon2id$kept')
      await users.replacePasswordHash(id, '$argon2id$kept', 'new')
      expect((await users.findByEmail(email))?.passwordHash).toBe('new')
    })

    it('have no password until one of 20 concurrent changes sets the first', async () => {
      await using opened = await open(kind)
      const { users } = opened
      const { user } = aUser()
      await users.add({ user: { ...user, hasPassword: false }, passwordHash: null })
      expect(await users.findByEmail(user.email)).toEqual({
        user: { ...user, hasPassword: false },
        passwordHash: null,
        isSuspended: false,
      })
      expect(await users.passwordSetAt(user.id)).toBeNull()

      const set = (from: string | null, to: string) =>
        users.changePassword({ userId: user.id, from, to, sessionId: to, at: now + 1 })
      expect(await set('another', 'late')).toBe(false)
      const hashes = Array.from({ length: 20 }, (_, n) => `hash-${n}`)
      const outcomes = await Promise.all(hashes.map((to) => set(null, to)))
      expect(outcomes.filter((changed) => changed)).toHaveLength(1)
      const winner = `hash-${outcomes.indexOf(true)}`
      const changed = { passwordChangedBySession: winner, passwordChangedAt: now + 1 }
      expect(await users.findByEmail(user.email)).toEqual({
        user: { ...user, passwordVersion: 1, ...changed },
        passwordHash: winner,
        isSuspended: false,
      })
      expect(await users.passwordSetAt(user.id)).toBe(now + 1)
    })

    it('are added by an invite without a password', async () => {
      await using opened = await open(kind)
      const { users, invites, addUser } = opened
      const createdBy = (await addUser()).id
      await invites.add({ id: 'i', hash: 'i', createdBy, createdAt: now, expiresAt: now + 1 })
      const user = { ...aUser().user, hasPassword: false }
      expect(await users.addInvited({ user, passwordHash: null }, 'i')).toBe('added')
      expect(await users.find(user.id)).toEqual(user)
    })

    it('have set-up codes that expire', async () => {
      await using opened = await open(kind)
      const { setUpCodes } = opened
      await setUpCodes.add('one', now + day, now)
      await setUpCodes.add('two', now + 2 * day, now)
      expect(await setUpCodes.has('one', now)).toBe(true)
      expect(await setUpCodes.has('one', now + day)).toBe(false)
      expect(await setUpCodes.has('two', now + day)).toBe(true)
      await setUpCodes.add('three', now + 3 * day, now + day)
      expect(await opened.rows('SELECT * FROM setup_codes')).toHaveLength(2)
      await setUpCodes.clear()
      expect(await setUpCodes.has('two', now)).toBe(false)
    })
  })

  describe('links', () => {
    it('are found as they were added', async () => {
      await using opened = await open(kind)
      const { links, addUser, addLink } = opened
      const ann = await addUser()
      const link = await addLink(ann.id, 'Abc', { expiresAt: now + day })

      expect(await links.resolve('Abc')).toEqual({
        ...{ ...link, removedAt: null, takeDown: null, admittedClicks: 0, passwordHash: null },
      })
      expect(await links.resolve('abc')).toBeNull()
      const own = { ownerId: ann.id, shortCode: 'Abc' }
      expect(await links.findOwn(own)).toEqual({
        ...{ ...link, clickCount: 0, admittedClicks: 0, takeDown: null },
      })
    })

    it('assign a short code to one of 50 concurrent requests', async () => {
      await using opened = await open(kind)
      const { links, addUser } = opened
      const ann = await addUser()
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, () => links.add(aLink(ann.id, 'wanted'))),
      )
      expect(outcomes.filter((added) => added === 'added')).toHaveLength(1)
    })

    it('are not visible to or changed by other users', async () => {
      await using opened = await open(kind)
      const { links, addUser, addLink } = opened
      const [ann, bob] = [await addUser(), await addUser()]
      await addLink(ann.id, 'hers')
      const before = await opened.rows('SELECT * FROM links')
      const own = { ownerId: bob.id, shortCode: 'hers' }

      expect(await links.findOwn(own)).toBeNull()
      expect(await links.edit(own, { destination: 'https://evil.example/' })).toBe(false)
      expect(await links.edit(own, { expiresAt: now })).toBe(false)
      expect(await links.remove(own, now)).toBe(false)
      expect(await links.count(bob.id)).toEqual({ links: 0, clicks: 0 })
      expect(await opened.rows('SELECT * FROM links')).toEqual(before)
    })

    it('change only the given fields', async () => {
      await using opened = await open(kind)
      const { links, addUser, addLink } = opened
      const own = { ownerId: (await addUser()).id, shortCode: 'mine' }
      const link = await addLink(own.ownerId, 'mine', { expiresAt: now + day })

      expect(await links.edit(own, {})).toBe(true)
      expect(await links.findOwn(own)).toMatchObject(link)
      await links.edit(own, { destination: 'https://example.org/' })
      const edited = { ...link, destination: 'https://example.org/' }
      expect(await links.findOwn(own)).toMatchObject(edited)
      await links.edit(own, { expiresAt: null })
      expect(await links.findOwn(own)).toMatchObject({ ...edited, expiresAt: null })
    })

    it('are not found after deletion and keep their short code', async () => {
      await using opened = await open(kind)
      const { links, addUser, addLink } = opened
      const own = { ownerId: (await addUser()).id, shortCode: 'mine' }
      await addLink(own.ownerId, 'mine')

      expect(await links.remove(own, now + 1)).toBe(true)
      expect(await links.remove(own, now + 2)).toBe(false)
      expect(await links.resolve('mine')).toMatchObject({ removedAt: now + 1 })
      expect(await links.findOwn(own)).toBeNull()
      expect(await links.edit(own, { expiresAt: null })).toBe(false)
      expect(await links.add(aLink(own.ownerId, 'mine'))).toBe('short-code-taken')
      expect(await links.count(own.ownerId)).toEqual({ links: 0, clicks: 0 })
    })
  })

  describe('clicks', () => {
    it('count once if their batch is written again', async () => {
      await using opened = await open(kind)
      const { clicks, addUser, addLink } = opened
      const link = await addLink((await addUser()).id, 'mine')
      const batch = Array.from({ length: 1_000 }, () => aClick(link.id))
      await clicks.add([])
      await clicks.add(batch)
      await clicks.add(batch)
      const all = await clicks.analyze(link.id, { start: null, end: null })
      expect(all.totalClicks).toBe(1_000)
    })

    it('on a deleted link do not fail the batch', async () => {
      await using opened = await open(kind)
      const { clicks, addUser, addLink } = opened
      const link = await addLink((await addUser()).id, 'mine')
      await clicks.add([aClick('deleted'), aClick(link.id)])
      expect(await opened.rows('SELECT link_id FROM clicks')).toEqual([{ link_id: link.id }])
    })

    it('are grouped by UTC day, referrer, country and agent in a range', async () => {
      await using opened = await open(kind)
      const { clicks, addUser, addLink } = opened
      const ann = await addUser()
      const [link, other] = [await addLink(ann.id, 'mine'), await addLink(ann.id, 'other')]
      const midnight = Date.UTC(2030, 0, 16)
      await clicks.add([
        aClick(link.id, { at: midnight - 1, referrerHost: 'a.example', agent: 'Firefox' }),
        aClick(link.id, { at: midnight, referrerHost: 'b.example', country: 'NL' }),
        aClick(link.id, { at: midnight + 1, referrerHost: 'b.example' }),
        aClick(link.id, { at: midnight + day }),
        aClick(other.id, { at: midnight }),
      ])

      expect(await clicks.analyze(link.id, { start: null, end: null })).toMatchObject({
        totalClicks: 4,
        byDate: [
          { key: '2030-01-15', clicks: 1 },
          { key: '2030-01-16', clicks: 2 },
          { key: '2030-01-17', clicks: 1 },
        ],
        byReferrer: expect.arrayContaining([
          { key: 'b.example', clicks: 2 },
          { key: 'a.example', clicks: 1 },
          { key: null, clicks: 1 },
        ]),
        byCountry: [
          { key: null, clicks: 3 },
          { key: 'NL', clicks: 1 },
        ],
        byAgent: [
          { key: null, clicks: 3 },
          { key: 'Firefox', clicks: 1 },
        ],
      })
      const range = { start: midnight, end: midnight + day }
      expect((await clicks.analyze(link.id, range)).totalClicks).toBe(2)
    })

    it('are counted per bucket, start inclusive and end exclusive', async () => {
      await using opened = await open(kind)
      const { clicks, addUser, addLink } = opened
      const ann = await addUser()
      const [link, other] = [await addLink(ann.id, 'mine'), await addLink(ann.id, 'other')]
      const edges = [0, 23, 48, 48.5, 73].map((hours) => now + hours * hour)
      const spans = edges.slice(1).map((end, at) => ({ start: edges[at] ?? 0, end }))
      expect(await clicks.range(link.id)).toBeNull()
      await clicks.add([
        aClick(link.id, { at: now - 1, agent: 'Edge' }),
        aClick(link.id, { at: now, agent: 'Firefox', referrerHost: 'a.example' }),
        aClick(link.id, { at: now + 23 * hour - 1, country: 'NL' }),
        aClick(link.id, { at: now + 23 * hour }),
        aClick(link.id, { at: now + 73 * hour - 1, agent: 'Firefox' }),
        aClick(link.id, { at: now + 73 * hour, agent: 'Safari' }),
        aClick(other.id, { at: now }),
      ])

      const counts = await clicks.countByBucket(link.id, spans, () => 0)
      expect(counts.clicks).toEqual([2, 1, 0, 1])
      expect(counts.byAgent).toEqual(
        expect.arrayContaining([
          { key: null, clicks: 2 },
          { key: 'Firefox', clicks: 2 },
        ]),
      )
      expect(counts.byAgent).toHaveLength(2)
      expect(counts.byReferrer).toEqual([
        { key: null, clicks: 3 },
        { key: 'a.example', clicks: 1 },
      ])
      expect(counts.byCountry).toEqual([
        { key: null, clicks: 3 },
        { key: 'NL', clicks: 1 },
      ])
      expect(await clicks.range(link.id)).toEqual({ first: now - 1, last: now + 73 * hour })
      expect((await clicks.countByBucket(link.id, [], () => 0)).clicks).toEqual([])
    })
  })

  describe('attempts', () => {
    it('are delayed by the policy after each failure', async () => {
      await using opened = await open(kind)
      const { attempts } = opened
      let at = now
      for (let failures = 1; failures < 30; failures += 1) {
        expect(await attempts.reserve('key', accountPolicy, at)).toEqual({ status: 'allowed' })
        const delay = delayAfter(failures, accountPolicy)
        if (delay > 0) {
          const blocked = { status: 'blocked', until: at + delay }
          expect(await attempts.reserve('key', accountPolicy, at)).toEqual(blocked)
          expect(await attempts.reserve('key', accountPolicy, at + delay - 1)).toEqual(blocked)
        }
        at += delay
      }
    })

    it('are counted exactly when 50 are concurrent', async () => {
      await using opened = await open(kind)
      const { attempts } = opened
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, () => attempts.reserve('key', accountPolicy, now)),
      )
      const allowed = outcomes.filter(({ status }) => status === 'allowed')
      expect(allowed).toHaveLength(accountPolicy.allowedFailures + 1)
      expect(await opened.rows('SELECT failures FROM attempts')).toEqual([{ failures: 6 }])

      const free: AttemptPolicy = { ...accountPolicy, allowedFailures: 1_000, lockedAfter: null }
      await Promise.all(Array.from({ length: 50 }, () => attempts.reserve('all', free, now)))
      expect(await opened.rows(`SELECT failures FROM attempts WHERE key = 'all'`)).toEqual([
        { failures: 50 },
      ])
    })

    it('lock after 100 failures until cleared', async () => {
      await using opened = await open(kind)
      const { attempts } = opened
      let at = now
      for (let failures = 0; failures < 100; failures += 1) {
        expect(await attempts.reserve('key', accountPolicy, at)).toEqual({ status: 'allowed' })
        at += 15 * minute
      }
      const years = at + 3_650 * day
      expect(await attempts.reserve('key', accountPolicy, years)).toMatchObject({
        status: 'blocked',
      })
      await attempts.purgeBatch(years, 100)
      expect(await attempts.reserve('key', accountPolicy, years)).toMatchObject({
        status: 'blocked',
      })
      await attempts.clear('key')
      expect(await attempts.reserve('key', accountPolicy, years)).toEqual({ status: 'allowed' })
    })

    it('reset after a quiet period and can be refunded', async () => {
      await using opened = await open(kind)
      const { attempts } = opened
      const policy = { ...accountPolicy, allowedFailures: 0, resetAfter: 60 * minute }
      await attempts.reserve('key', policy, now)
      expect(await attempts.reserve('key', policy, now)).toMatchObject({ until: now + second })
      await attempts.refund('key')
      expect(await attempts.reserve('key', policy, now)).toEqual({ status: 'allowed' })
      await attempts.reserve('key', policy, now + second)
      expect(await attempts.reserve('key', policy, now + second)).toMatchObject({
        until: now + 3 * second,
      })
      await attempts.reserve('key', policy, now + 61 * minute)
      expect(await attempts.reserve('key', policy, now + 61 * minute)).toMatchObject({
        until: now + 61 * minute + second,
      })
      await attempts.purgeBatch(now + 61 * minute, 100)
      expect(await opened.rows('SELECT * FROM attempts')).toHaveLength(1)
      await attempts.purgeBatch(now + 62 * minute, 100)
      expect(await opened.rows('SELECT * FROM attempts')).toHaveLength(0)
    })
  })
})
