import { describe, expect, it } from 'vitest'
import { type DatabaseKind, databaseKinds, openTestPersistence } from '../../../test/persistence.ts'
import { aNewUser } from '../../../test/support/new-user.ts'
import type { Identity } from '../../domain/identity.ts'
import { nodeSecrets } from '../crypto/secrets.ts'
import { openPersistence } from './open-persistence.ts'

const now = Date.UTC(2030, 0, 15, 12)
const issuer = 'https://id.test'
const issuers = [issuer]

async function open(kind: DatabaseKind) {
  const opened = await openTestPersistence(kind)
  const { users, identities, providerSessions, invites } = opened.persistence

  async function addUser(passwordHash: string | null = 'hash') {
    const user = { ...aNewUser(now), hasPassword: passwordHash !== null }
    expect(await users.add({ user, passwordHash })).toBe('added')
    return user.id
  }

  function anIdentity(userId: string, overrides: Partial<Identity> = {}): Identity {
    const [id, subject] = [nodeSecrets.id(), nodeSecrets.id()]
    const times = { createdAt: now, lastUsedAt: null }
    const defaults = { provider: 'oidc', issuer, email: 'ann@example.com' } as const
    return { id, userId, subject, ...defaults, ...times, ...overrides }
  }

  async function link(userId: string, overrides: Partial<Identity> = {}) {
    const identity = anIdentity(userId, overrides)
    expect(await identities.add(identity, { max: 10, passwordVersion: 0 })).toBe('added')
    return identity
  }

  /** A new user with an email and an identity of their own. */
  function aNewcomer(overrides: Partial<Identity> = {}) {
    const user = { ...aNewUser(now), hasPassword: false }
    return { user, identity: anIdentity(user.id, overrides), inviteHash: null }
  }

  async function addInvite(expiresAt = now + 1) {
    const hash = nodeSecrets.id()
    const createdBy = await addUser()
    await invites.add({ id: nodeSecrets.id(), hash, createdBy, createdAt: now, expiresAt })
    return hash
  }

  async function addPasskey(userId: string, { canVerifyUser = true, suspended = false } = {}) {
    const id = nodeSecrets.id()
    const at = kind === 'sqlite' ? `${now}` : `to_timestamp(${now / 1000})`
    const bytes = kind === 'sqlite' ? `x'00'` : `'\\x00'`
    await opened.rows(`INSERT INTO passkeys (id, user_id, name, public_key, counter, transports, can_sync, is_synced,
      can_verify_user, aaguid, created_at, suspended_at) VALUES ('${id}', '${userId}', 'Key', ${bytes}, 0, '[]', 0, 0,
      ${canVerifyUser ? 1 : 0}, '', ${at}, ${suspended ? at : 'NULL'})`)
    return { kind: 'passkey', id } as const
  }

  const remove = (userId: string, id: string) => identities.remove({ userId, id, issuers })
  const helpers = { addUser, anIdentity, link, aNewcomer, addInvite, addPasskey, remove }
  return { ...opened, ...opened.persistence, identities, providerSessions, ...helpers }
}

describe.each(databaseKinds)('identities on %s', (kind) => {
  it('are found by issuer and subject only, and record their use', async () => {
    await using app = await open(kind)
    const { identities } = app
    const [ann, bob] = [await app.addUser(), await app.addUser()]
    const one = await app.link(ann, { subject: 'one' })
    await app.link(bob, { subject: 'two' })
    await app.link(bob, { issuer: 'https://other.test', subject: 'one' })

    expect(await identities.use({ issuer, subject: 'one' }, now + 5)).toBe(ann)
    expect(await identities.use({ issuer, subject: 'two' }, now + 5)).toBe(bob)
    expect(await identities.use({ issuer, subject: 'ONE' }, now + 5)).toBeNull()
    expect(await identities.use({ issuer: `${issuer}/`, subject: 'one' }, now + 5)).toBeNull()
    expect(await identities.list(ann)).toEqual([{ ...one, lastUsedAt: now + 5 }])
  })

  it('of 20 parallel users is linked to one', async () => {
    await using app = await open(kind)
    const ids = await Promise.all(Array.from({ length: 20 }, () => app.addUser()))
    const results = await Promise.all(
      ids.map((id) =>
        app.identities.add(app.anIdentity(id, { subject: 'shared' }), {
          max: 10,
          passwordVersion: 0,
        }),
      ),
    )
    expect(results.filter((result) => result === 'added')).toHaveLength(1)
    expect(results.filter((result) => result === 'of-other-user')).toHaveLength(19)
  })

  it('never exceed the limit of a user, with 20 parallel calls', async () => {
    await using app = await open(kind)
    const ann = await app.addUser()
    const limit = { max: 3, passwordVersion: 0 }
    const results = await Promise.all(
      Array.from({ length: 20 }, () => app.identities.add(app.anIdentity(ann), limit)),
    )
    expect(results.filter((result) => result === 'added')).toHaveLength(3)
    expect(results.filter((result) => result === 'too-many')).toHaveLength(17)
    const [first] = await app.identities.list(ann)
    const again = { ...app.anIdentity(ann), subject: first?.subject ?? '' }
    expect(await app.identities.add(again, limit)).toBe('already-linked')
    expect(await app.identities.add(app.anIdentity('unknown'), limit)).toBe('user-deleted')
  })

  it('are deleted with their user', async () => {
    await using app = await open(kind)
    const ann = await app.addUser()
    const { subject } = await app.link(ann)
    const session = { sessionId: 's', userId: ann, issuer, subject, sid: null, expiresAt: now }
    expect(await app.providerSessions.add(session)).toBe(true)
    expect(await app.accounts.remove(ann)).toBe('removed')
    expect(await app.rows('SELECT * FROM identities')).toEqual([])
    expect(await app.rows('SELECT * FROM provider_sessions')).toEqual([])
  })
})

describe.each(databaseKinds)('users with an identity on %s', (kind) => {
  it('are added without a password, with a verified email, and never as operator', async () => {
    await using app = await open(kind)
    const { user, identity } = app.aNewcomer()
    const newUser = { user: { ...user, isOperator: true }, identity, inviteHash: null }
    expect(await app.identities.addUser(newUser)).toBe('added')
    expect(await app.users.findByEmail(user.email)).toMatchObject({ user, passwordHash: null })
    expect((await app.emailChanges.status(user.id, now)).verifiedAt).toBe(now)
    expect(await app.identities.list(user.id)).toEqual([identity])
  })

  it('are one of 20 parallel ones with the same identity, and of those with the same email', async () => {
    await using app = await open(kind)
    const identity = { subject: 'shared' }
    const same = Array.from({ length: 20 }, () => app.aNewcomer(identity))
    const byIdentity = await Promise.all(same.map(app.identities.addUser))
    expect(byIdentity.toSorted().slice(0, 2)).toEqual(['added', 'identity-in-use'])
    expect(await app.rows('SELECT id FROM users')).toHaveLength(1)

    const email = 'ann@example.com'
    const newcomers = Array.from({ length: 20 }, () => app.aNewcomer())
    const byEmail = await Promise.all(
      newcomers.map(({ user, ...rest }) =>
        app.identities.addUser({ ...rest, user: { ...user, email } }),
      ),
    )
    expect(byEmail.toSorted().slice(0, 2)).toEqual(['added', 'email-unavailable'])
    expect(await app.rows('SELECT id FROM identities')).toHaveLength(2)
  })

  it('use up an invite once, and store nothing with a used, expired or unknown one', async () => {
    await using app = await open(kind)
    const inviteHash = await app.addInvite()
    const users = await app.rows('SELECT id FROM users')
    const results = await Promise.all(
      Array.from({ length: 20 }, () => app.identities.addUser({ ...app.aNewcomer(), inviteHash })),
    )
    expect(results.toSorted().slice(0, 2)).toEqual(['added', 'invite-used'])
    for (const hash of [await app.addInvite(now), 'unknown']) {
      const newUser = { ...app.aNewcomer(), inviteHash: hash }
      expect(await app.identities.addUser(newUser)).toBe('invite-used')
    }
    // And the creator of the expired invite.
    expect(await app.rows('SELECT id FROM users')).toHaveLength(users.length + 2)
    expect(await app.rows('SELECT id FROM identities')).toHaveLength(1)
  })
})

describe.each(databaseKinds)('the last sign-in method on %s', (kind) => {
  it('is not unlinked, and any other method lets it be', async () => {
    await using app = await open(kind)
    const withPassword = await app.addUser()
    const first = await app.link(withPassword)
    expect(await app.remove(withPassword, first.id)).toBe('removed')
    expect(await app.remove(withPassword, first.id)).toBe('missing')

    const ann = await app.addUser(null)
    const identity = await app.link(ann)
    expect(await app.remove(ann, identity.id)).toBe('last-sign-in-method')
    expect(await app.remove(withPassword, identity.id)).toBe('missing')
    await app.addPasskey(ann, { canVerifyUser: false })
    await app.addPasskey(ann, { suspended: true })
    await app.link(ann, { provider: 'github', issuer: 'https://github.com' })
    await app.link(ann, { issuer: `${issuer}/` })
    // Nor does a passkey that is not enough alone, a suspended one, a provider that is not configured, or another issuer.
    expect(await app.remove(ann, identity.id)).toBe('last-sign-in-method')
    await app.addPasskey(ann)
    expect(await app.remove(ann, identity.id)).toBe('removed')
  })

  it('is kept by two parallel unlinks, in two processes', async () => {
    await using app = await open(kind)
    const other = await openPersistence(app.location)
    try {
      for (let round = 0; round < 10; round += 1) {
        const ann = await app.addUser(null)
        const [one, two] = [await app.link(ann), await app.link(ann)]
        const results = await Promise.all([
          app.remove(ann, one.id),
          other.identities.remove({ userId: ann, id: two.id, issuers }),
        ])
        expect(results.toSorted()).toEqual(['last-sign-in-method', 'removed'])
      }
    } finally {
      await other.close()
    }
  })

  it('is kept by an unlink and a removal of a passkey in parallel', async () => {
    await using app = await open(kind)
    const other = await openPersistence(app.location)
    try {
      for (let round = 0; round < 10; round += 1) {
        const ann = await app.addUser(null)
        const [identity, passkey] = [await app.link(ann), await app.addPasskey(ann)]
        const results = await Promise.all([
          app.remove(ann, identity.id),
          other.factors.remove(ann, passkey, { mustKeepOne: false, issuers }),
        ])
        expect(results.toSorted()).toEqual(['last-sign-in-method', 'removed'])
      }
    } finally {
      await other.close()
    }
  })

  it('is kept by a removal of a passkey, unless there is a password or another method', async () => {
    await using app = await open(kind)
    const conditions = { mustKeepOne: false, issuers }
    const ann = await app.addUser(null)
    const passkey = await app.addPasskey(ann)
    await app.link(ann, { issuer: 'https://former.test' })
    expect(await app.factors.remove(ann, passkey, conditions)).toBe('last-sign-in-method')
    const unverified = await app.addPasskey(ann, { canVerifyUser: false })
    expect(await app.factors.remove(ann, unverified, conditions)).toBe('removed')
    await app.link(ann)
    expect(await app.factors.remove(ann, passkey, conditions)).toBe('removed')
  })
})

describe.each(databaseKinds)('sessions of identities on %s', (kind) => {
  it('are added while the user has the identity, and taken once', async () => {
    await using app = await open(kind)
    const { providerSessions } = app
    const [ann, bob] = [await app.addUser(), await app.addUser()]
    const { id, subject } = await app.link(ann)
    const session = { sessionId: 'one', userId: ann, issuer, subject, sid: null, expiresAt: now }
    expect(await providerSessions.add(session)).toBe(true)
    expect(await providerSessions.add({ ...session, sessionId: 'two', sid: 'sid' })).toBe(true)
    expect(await providerSessions.add({ ...session, userId: bob, sessionId: 'three' })).toBe(false)
    expect(await app.remove(ann, id)).toBe('removed')
    expect(await providerSessions.add({ ...session, sessionId: 'four' })).toBe(false)
    expect(await providerSessions.take(bob, { issuer, subject })).toEqual([])
    const taken = await providerSessions.take(ann, { issuer, subject })
    expect(taken.toSorted()).toEqual(['one', 'two'])
    expect(await providerSessions.take(ann, { issuer, subject })).toEqual([])
  })

  it('are in the list of an identity that is unlinked in parallel, or not added', async () => {
    await using app = await open(kind)
    const other = await openPersistence(app.location)
    try {
      for (let round = 0; round < 20; round += 1) {
        const ann = await app.addUser()
        const { id, subject } = await app.link(ann)
        const session = { sessionId: id, userId: ann, issuer, subject, sid: null, expiresAt: now }
        const [isAdded, taken] = await Promise.all([
          app.providerSessions.add(session),
          other.identities
            .remove({ userId: ann, id, issuers })
            .then(() => other.providerSessions.take(ann, { issuer, subject })),
        ])
        expect(taken).toEqual(isAdded ? [id] : [])
      }
    } finally {
      await other.close()
    }
  })

  it('are purged when they have expired', async () => {
    await using app = await open(kind)
    const ann = await app.addUser()
    const { subject } = await app.link(ann)
    const session = { userId: ann, issuer, subject, sid: null }
    await app.providerSessions.add({ ...session, sessionId: 'old', expiresAt: now })
    await app.providerSessions.add({ ...session, sessionId: 'new', expiresAt: now + 1 })
    expect(await app.providerSessions.purgeBatch(now)).toBe(false)
    expect(await app.rows('SELECT session_id FROM provider_sessions')).toEqual([
      { session_id: 'new' },
    ])
  })

  it('are the newest thousand of a user', async () => {
    await using app = await open(kind)
    const [ann, bob] = [await app.addUser(), await app.addUser()]
    const links = [await app.link(ann), await app.link(bob)]
    const [ofAnn, ofBob] = links.map(({ userId, subject }) => ({
      userId,
      issuer,
      subject,
      sid: null,
    }))
    if (ofAnn === undefined || ofBob === undefined) throw new Error('unreachable')
    await app.providerSessions.add({ ...ofBob, sessionId: 'of bob', expiresAt: now })
    for (let index = 0; index < 1_003; index += 1) {
      await app.providerSessions.add({ ...ofAnn, sessionId: `s${index}`, expiresAt: now + index })
    }
    expect(await app.rows('SELECT session_id FROM provider_sessions')).toHaveLength(1_001)
    const [oldest] = await app.rows('SELECT min(expires_at) AS at FROM provider_sessions')
    expect(oldest).toEqual({ at: kind === 'sqlite' ? now : new Date(now) })
    const oldOnes =
      "SELECT session_id FROM provider_sessions WHERE session_id IN ('s0', 's1', 's2')"
    expect(await app.rows(oldOnes)).toEqual([])
  })
})
