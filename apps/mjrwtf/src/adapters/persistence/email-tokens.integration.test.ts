import { describe, expect, it } from 'vitest'
import { type DatabaseKind, databaseKinds, openTestPersistence } from '../../../test/persistence.ts'
import { whileLocked } from '../../../test/support/while-locked.ts'
import { maxActiveTokens, type TokenPurpose } from '../../domain/email.ts'
import { day, hour } from '../../domain/time.ts'
import { nodeSecrets } from '../crypto/secrets.ts'

const now = Date.UTC(2030, 0, 15, 12)
const passwordHash = '$argon2id$kept'

async function open(kind: DatabaseKind) {
  const opened = await openTestPersistence(kind)
  const { users, emailTokens, emailChanges } = opened.persistence
  let added = 0

  async function addUser(email = `${nodeSecrets.id()}@example.com`) {
    const unchanged = {
      hasPassword: true,
      passwordVersion: 0,
      passwordChangedBySession: null,
      passwordChangedAt: null,
      passwordResets: 0,
      secondFactors: 0,
    }
    const user = { id: nodeSecrets.id(), email, createdAt: now, isOperator: false, ...unchanged }
    expect(await users.add({ user, passwordHash })).toBe('added')
    return user
  }
  async function addToken(email: string, purpose: TokenPurpose = 'reset-password') {
    added += 1
    const hash = nodeSecrets.id()
    const times = { createdAt: now + added, expiresAt: now + hour }
    expect(
      await emailTokens.add({ hash, purpose, email, ...times, verifiesEmail: true }),
    ).not.toBeNull()
    return hash
  }
  async function requestChange(userId: string, newEmail = `${nodeSecrets.id()}@example.com`) {
    const hashes = { confirmHash: nodeSecrets.id(), cancelHash: nodeSecrets.id() }
    const times = { createdAt: now, expiresAt: now + day }
    await emailChanges.requestChange({ userId, newEmail, ...hashes, ...times })
    return { newEmail, ...hashes }
  }
  const reset = (hash: string, passwordHash = 'new', at = now) =>
    emailTokens.resetPassword({ hash, passwordHash, now: at })
  const findActive = (hash: string, purpose: TokenPurpose = 'reset-password') =>
    emailTokens.find({ hash, purpose, now })
  const change = (userId: string, to = 'other') =>
    users.changePassword({ userId, from: passwordHash, to, sessionId: 'session', at: now + 7 })
  return {
    ...opened,
    ...opened.persistence,
    addUser,
    addToken,
    requestChange,
    reset,
    findActive,
    change,
  }
}

const times = <Result>(count: number, operation: (n: number) => Promise<Result>) =>
  Promise.all(Array.from({ length: count }, (_, n) => operation(n)))

type Opened = Awaited<ReturnType<typeof open>>
type Ann = Awaited<ReturnType<Opened['addUser']>>

const allAdded = ['added', 'added', 'saved', true, 'added']
const noneAdded = ['user-deleted', 'user-deleted', 'user-deleted', false, 'user-deleted']

interface WaysIn {
  readonly user: Ann
  readonly name: string
  readonly passwordVersion: number
  readonly createdAt?: number
}

/** One of each kind. Phones and recovery codes replace those from before. */
async function addWaysIn(app: Opened, { user, name, passwordVersion, createdAt = now }: WaysIn) {
  const limit = { max: 10, passwordVersion }
  const common = { id: name, name, userId: user.id, createdAt }
  const key = { publicKey: new Uint8Array([1]), counter: 0, transports: [], aaguid: '' }
  const traits = { canSync: false, isSynced: false, canVerifyUser: true }
  const encryptedKey = { keyId: 'key', ciphertext: new Uint8Array([1]) }
  const uses = { lastStep: 0, lastUsedAt: null }
  const phone = { id: name, number: '+41790000000', createdAt }
  const owner = { userId: user.id, passwordVersion }
  const profile = { provider: 'github', issuer: 'https://github.com', subject: name } as const
  const identity = { ...profile, id: name, userId: user.id, email: null, createdAt }
  return [
    await app.passkeys.add({ ...common, ...key, ...traits }, limit),
    await app.authenticators.add({ ...common, encryptedKey, ...uses }, limit),
    (await app.phones.save(owner, phone)).status,
    await app.recoveryCodes.replace({ ...owner, hashes: [name], createdAt }),
    (await app.identities.add({ ...identity, lastUsedAt: null }, limit)).replace(
      'changed',
      'deleted',
    ),
  ]
}

/** Second factors, unused recovery codes, and second factors as counted by the triggers. */
async function factorCounts(app: Opened, user: Ann) {
  const { factors, unusedRecoveryCodes } = await app.factors.list(user.id)
  return [factors.length, unusedRecoveryCodes, (await app.users.find(user.id))?.secondFactors]
}

describe.each(databaseKinds)('email tokens on %s', (kind) => {
  it('belong to the account of the email in any case, or to none for an unknown email', async () => {
    await using app = await open(kind)
    const ann = await app.addUser('J\u00f6rg@Example.com')
    const user = { userId: ann.id, email: ann.email }
    const hash = await app.addToken('jo\u0308RG@example.COM')
    expect(await app.findActive(hash)).toEqual(user)
    const unknown = { hash: 'x', purpose: 'reset-password', email: 'b@example.com' } as const
    expect(
      await app.emailTokens.add({
        ...unknown,
        verifiesEmail: true,
        createdAt: now,
        expiresAt: now,
      }),
    ).toBeNull()
    expect(await app.rows('SELECT * FROM email_tokens')).toHaveLength(1)
  })

  it('set one of 50 concurrent passwords and increment the version once', async () => {
    await using app = await open(kind)
    const ann = await app.addUser()
    const hash = await app.addToken(ann.email)
    const results = await times(50, (n) => app.reset(hash, `hash-${n}`))
    const winner = results.findIndex((user) => user !== null)
    expect(results.filter((user) => user !== null)).toEqual([
      { userId: ann.id, email: ann.email, passwordVersion: 1 },
    ])
    expect((await app.users.findByEmail(ann.email))?.passwordHash).toBe(`hash-${winner}`)
    expect(await app.users.find(ann.id)).toMatchObject({
      hasPassword: true,
      passwordVersion: 1,
      passwordResets: 1,
      passwordChangedBySession: null,
      passwordChangedAt: now,
    })
    expect((await app.emailChanges.status(ann.id, now)).verifiedAt).toBe(now)
  })

  it('record when the password was set, as does a password change', async () => {
    await using app = await open(kind)
    const ann = await app.addUser()
    expect(await app.users.passwordSetAt(ann.id)).toBe(now)
    await app.change(ann.id)
    expect(await app.users.passwordSetAt(ann.id)).toBe(now + 7)
    await app.reset(await app.addToken(ann.email), 'new', now + 9)
    expect(await app.users.passwordSetAt(ann.id)).toBe(now + 9)
    expect(await app.users.passwordSetAt('no one')).toBeNull()
  })

  it('unlink identities with the first verification of an email, and keep them afterwards', async () => {
    await using app = await open(kind)
    const ann = await app.addUser()
    const { identities } = app
    const link = (subject: string, passwordVersion: number) => {
      const identity = { id: subject, userId: ann.id, provider: 'github', subject } as const
      const times = { createdAt: now, lastUsedAt: null }
      return identities.add(
        { ...identity, issuer: 'https://github.com', email: null, ...times },
        { max: 9, passwordVersion },
      )
    }
    const subjects = async () => (await identities.list(ann.id)).map(({ subject }) => subject)
    await link('of the one who created the account', 0)
    expect(await app.reset(await app.addToken(ann.email))).not.toBeNull()
    expect(await subjects()).toEqual([])
    // In a request that had begun before the reset.
    expect(await link('of the one who created the account', 0)).toBe('user-changed')
    expect(await subjects()).toEqual([])
    await link('of the owner of the mailbox', 1)
    expect(await app.reset(await app.addToken(ann.email))).not.toBeNull()
    expect(await subjects()).toEqual(['of the owner of the mailbox'])
  })

  it('remove factors that were added before an email was first verified, and keep later ones', async () => {
    await using app = await open(kind)
    const ann = await app.addUser()
    const add = async (name: string, passwordVersion: number) => {
      expect(await addWaysIn(app, { user: ann, name, passwordVersion })).toEqual(allAdded)
      // In requests that had begun before a reset.
      const outdated = { user: ann, name: `late ${name}`, passwordVersion: passwordVersion - 1 }
      expect(await addWaysIn(app, outdated)).toEqual(noneAdded)
    }
    const factorsOf = () => factorCounts(app, ann)
    await add('of the one who created the account', 0)
    expect(await factorsOf()).toEqual([3, 1, 3])
    // A link that the operator handed over does not show who reads the mailbox.
    const hash = nodeSecrets.id()
    const handedOver = { hash, purpose: 'reset-password', email: ann.email } as const
    const times = { createdAt: now, expiresAt: now + hour }
    await app.emailTokens.add({ ...handedOver, ...times, verifiesEmail: false })
    expect(await app.reset(hash)).not.toBeNull()
    expect((await app.emailChanges.status(ann.id, now)).verifiedAt).toBeNull()
    expect(await factorsOf()).toEqual([3, 1, 3])
    expect(await app.reset(await app.addToken(ann.email))).not.toBeNull()
    expect(await factorsOf()).toEqual([0, 0, 0])
    await add('of the owner of the mailbox', 2)
    expect(await app.reset(await app.addToken(ann.email))).not.toBeNull()
    expect(await factorsOf()).toEqual([3, 1, 3])
  })

  it.each([
    ['a browser without a session removes what was added before', false, [3, 1, 3]],
    ['a session of the account keeps all', true, [5, 1, 5]],
  ])('verify in %s, once the password is reset', async (_, isSignedIn, kept) => {
    await using app = await open(kind)
    const ann = await app.addUser()
    await addWaysIn(app, { user: ann, name: 'before', passwordVersion: 0 })
    const verification = await app.addToken(ann.email, 'verify-email')
    expect(
      await app.emailTokens.verifyEmail({ hash: verification, now: now + 1, isSignedIn }),
    ).not.toBeNull()
    await addWaysIn(app, { user: ann, name: 'after', passwordVersion: 0, createdAt: now + 1 })
    // A phone and recovery codes replace those from before.
    const [factors = 0, ...others] = await factorCounts(app, ann)
    expect([factors, ...others]).toEqual([5, 1, 5])
    expect(await app.reset(await app.addToken(ann.email))).not.toBeNull()
    expect(await factorCounts(app, ann)).toEqual(kept)
    // Only the first reset: the password has been that of the owner of the mailbox since.
    expect(await app.reset(await app.addToken(ann.email))).not.toBeNull()
    expect(await factorCounts(app, ann)).toEqual(kept)
  })

  it('add no way in to a suspended account', async () => {
    await using app = await open(kind)
    const ann = await app.addUser()
    await addWaysIn(app, { user: ann, name: 'before', passwordVersion: 0 })
    const suspension = { userId: ann.id, at: now, reason: 'compromised' } as const
    expect(await app.suspensions.suspend(suspension)).toBe('suspended')
    expect(await addWaysIn(app, { user: ann, name: 'during', passwordVersion: 0 })).toEqual(
      noneAdded,
    )
  })

  it('set one password when three tokens of an account are used concurrently', async () => {
    await using app = await open(kind)
    const ann = await app.addUser()
    const hashes = [await app.addToken(ann.email), await app.addToken(ann.email)]
    const results = await times(40, (n) => app.reset(hashes[n % 2] ?? ''))
    expect(results.filter((user) => user !== null)).toHaveLength(1)
  })

  it('exactly one of a concurrent reset and password change succeeds', async () => {
    await using app = await open(kind)
    for (let round = 0; round < 10; round += 1) {
      const ann = await app.addUser()
      const hash = await app.addToken(ann.email)
      const [changed, user] = await Promise.all([app.change(ann.id), app.reset(hash)])
      expect(changed).toBe(user === null)
      const remaining = (await app.users.findByEmail(ann.email))?.passwordHash
      expect(remaining).toBe(changed ? 'other' : 'new')
    }
  })

  it('are valid for one purpose until they expire or the account is deleted', async () => {
    await using app = await open(kind)
    const ann = await app.addUser()
    const verify = await app.addToken(ann.email, 'verify-email')
    const forReset = await app.addToken(ann.email)
    expect(await app.findActive(verify)).toBeNull()
    expect(await app.reset(verify)).toBeNull()
    expect(await app.emailTokens.verifyEmail({ hash: forReset, now, isSignedIn: true })).toBeNull()
    expect(await app.reset(forReset, 'late', now + hour)).toBeNull()
    expect(await app.reset(forReset, 'in time', now + hour - 1)).not.toBeNull()

    const bob = await app.addUser()
    const hash = await app.addToken(bob.email)
    await app.rows(`DELETE FROM users WHERE id = '${bob.id}'`)
    expect(await app.reset(hash)).toBeNull()
    expect(await app.rows('SELECT * FROM email_tokens')).toHaveLength(2)
  })

  it('become invalid when the password or email changes, as do email changes', async () => {
    await using app = await open(kind)
    const [ann, bob, eve] = [await app.addUser(), await app.addUser(), await app.addUser()]
    const [hers, his, other] = await Promise.all(
      [ann, bob, eve].map(({ email }) => app.addToken(email)),
    )
    const requested = await app.requestChange(ann.id)
    expect(await app.change(ann.id)).toBe(true)
    expect(await app.reset(hers ?? '')).toBeNull()
    expect(await app.emailChanges.confirmChange(requested.confirmHash, now)).toEqual({
      status: 'not-found',
    })

    const moved = await app.requestChange(bob.id, 'moved@example.com')
    expect(await app.emailChanges.confirmChange(moved.confirmHash, now)).toMatchObject({
      status: 'changed',
    })
    // Changing back to the original email does not make earlier tokens valid again.
    const back = await app.requestChange(bob.id, bob.email)
    await app.emailChanges.confirmChange(back.confirmHash, now)
    expect(await app.reset(his ?? '')).toBeNull()
    expect(await app.reset(other ?? '')).not.toBeNull()
  })

  it('are limited to the newest three per purpose under concurrent creation', async () => {
    await using app = await open(kind)
    const ann = await app.addUser()
    const verify = await app.addToken(ann.email, 'verify-email')
    const hashes: string[] = []
    for (let n = 0; n < 5; n += 1) hashes.push(await app.addToken(ann.email))
    const activeTokens = await Promise.all(hashes.map((hash) => app.findActive(hash)))
    expect(activeTokens.map((user) => user !== null)).toEqual([false, false, true, true, true])
    await times(20, () => app.addToken(ann.email))
    const remaining = await app.rows(`SELECT * FROM email_tokens WHERE purpose = 'reset-password'`)
    expect(remaining).toHaveLength(maxActiveTokens)
    expect(await app.findActive(verify, 'verify-email')).not.toBeNull()
  })

  it('verify an email once of 50 concurrent uses, and are not created once verified', async () => {
    await using app = await open(kind)
    const ann = await app.addUser()
    const hash = await app.addToken(ann.email, 'verify-email')
    expect((await app.emailChanges.status(ann.id, now)).verifiedAt).toBeNull()
    const results = await times(50, () =>
      app.emailTokens.verifyEmail({ hash, now: now + 5, isSignedIn: true }),
    )
    expect(results.filter((user) => user !== null)).toHaveLength(1)
    expect((await app.emailChanges.status(ann.id, now)).verifiedAt).toBe(now + 5)
    const more = { hash: 'more', purpose: 'verify-email', email: ann.email } as const
    expect(
      await app.emailTokens.add({
        ...more,
        verifiesEmail: true,
        createdAt: now,
        expiresAt: now + day,
      }),
    ).toBeNull()
  })

  it('are purged when they expire', async () => {
    await using app = await open(kind)
    const ann = await app.addUser()
    await app.addToken(ann.email)
    await app.requestChange(ann.id)
    const count = async () => [
      (await app.rows('SELECT * FROM email_tokens')).length,
      (await app.rows('SELECT * FROM email_changes')).length,
    ]
    await app.emailTokens.purgeBatch(now + hour - 1)
    await app.emailChanges.purgeBatch(now + day - 1)
    expect(await count()).toEqual([1, 1])
    await app.emailTokens.purgeBatch(now + hour)
    await app.emailChanges.purgeBatch(now + day)
    expect(await count()).toEqual([0, 0])
  })
})

describe.each(databaseKinds)('email changes on %s', (kind) => {
  it('have no effect until confirmed, and apply once of 50 concurrent confirmations', async () => {
    await using app = await open(kind)
    const ann = await app.addUser()
    const requested = await app.requestChange(ann.id, 'New@Example.com')
    expect(await app.emailChanges.status(ann.id, now)).toEqual({
      verifiedAt: null,
      pending: { newEmail: 'New@Example.com', expiresAt: now + day },
      credentialsVersion: 0,
    })
    expect(await app.users.findByEmail('new@example.com')).toBeNull()
    const link = { userId: ann.id, email: ann.email, newEmail: 'New@Example.com' }
    expect(await app.emailChanges.findLink(requested.confirmHash, now)).toEqual({
      purpose: 'confirm-change',
      ...link,
    })
    expect(await app.emailChanges.findLink(requested.cancelHash, now)).toEqual({
      purpose: 'cancel-change',
      ...link,
    })
    expect(await app.emailChanges.findLink(requested.cancelHash, now + day)).toBeNull()

    const outcomes = await times(50, () =>
      app.emailChanges.confirmChange(requested.confirmHash, now + 1),
    )
    expect(outcomes.filter(({ status }) => status === 'changed')).toEqual([
      { status: 'changed', userId: ann.id, email: 'New@Example.com' },
    ])
    expect((await app.users.findByEmail('new@example.com'))?.user.id).toBe(ann.id)
    expect(await app.users.findByEmail(ann.email)).toBeNull()
    expect(await app.emailChanges.status(ann.id, now)).toEqual({
      verifiedAt: now + 1,
      pending: null,
      credentialsVersion: 1,
    })
  })

  it('are limited to one per account: a newer one replaces the older', async () => {
    await using app = await open(kind)
    const ann = await app.addUser()
    const older = await app.requestChange(ann.id)
    const newer = await app.requestChange(ann.id)
    expect(await app.emailChanges.findLink(older.confirmHash, now)).toBeNull()
    expect(await app.emailChanges.findLink(older.cancelHash, now)).toBeNull()
    expect(await app.emailChanges.confirmChange(older.confirmHash, now)).toEqual({
      status: 'not-found',
    })
    expect(await app.emailChanges.findLink(newer.confirmHash, now)).not.toBeNull()

    const many = await times(20, () => app.requestChange(ann.id))
    const links = await Promise.all(
      many.map(({ confirmHash }) => app.emailChanges.findLink(confirmHash, now)),
    )
    const remaining = links.filter((link) => link !== null)
    expect(remaining).toHaveLength(1)
    const index = links.findIndex((link) => link !== null)
    // Never combines the link of one change with the email of another (CVE-2026-32700).
    expect(remaining[0]?.newEmail).toBe(many[index]?.newEmail)
  })

  it('never apply an email other than the one confirmed (CVE-2026-32700)', async () => {
    await using app = await open(kind)
    for (let round = 0; round < 10; round += 1) {
      const ann = await app.addUser()
      const mine = await app.requestChange(ann.id)
      const [outcome, ...others] = await Promise.all([
        app.emailChanges.confirmChange(mine.confirmHash, now),
        app.requestChange(ann.id),
        app.requestChange(ann.id),
      ])
      const current = (await app.users.find(ann.id))?.email
      expect(current).toBe(outcome.status === 'changed' ? mine.newEmail : ann.email)
      for (const { newEmail } of others) expect(current).not.toBe(newEmail)
    }
  })

  it('assign an email to one account and change nothing if it is already in use', async () => {
    await using app = await open(kind)
    const users = await times(8, () => app.addUser())
    const requested = await Promise.all(
      users.map(({ id }) => app.requestChange(id, 'wanted@example.com')),
    )
    const outcomes = await Promise.all(
      requested.map(({ confirmHash }) => app.emailChanges.confirmChange(confirmHash, now)),
    )
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual([
      'changed',
      ...users.slice(1).map(() => 'email-unavailable'),
    ])
    const loser = users[outcomes.findIndex(({ status }) => status === 'email-unavailable')]
    expect(await app.users.findByEmail(loser?.email ?? '')).not.toBeNull()
  })

  it('are canceled by link or by user; either that or the confirmation succeeds', async () => {
    await using app = await open(kind)
    const ann = await app.addUser()
    const requested = await app.requestChange(ann.id)
    expect(await app.emailChanges.cancelChange({ userId: 'nobody' }, now)).toBeNull()
    expect(
      await app.emailChanges.cancelChange({ cancelHash: requested.confirmHash }, now),
    ).toBeNull()
    const { cancelHash } = requested
    expect(await app.emailChanges.cancelChange({ cancelHash }, now + day)).toBeNull()
    expect(await app.emailChanges.cancelChange({ cancelHash }, now)).toBe(ann.id)
    expect(await app.emailChanges.confirmChange(requested.confirmHash, now)).toEqual({
      status: 'not-found',
    })
    expect(await app.emailChanges.cancelChange({ userId: ann.id }, now)).toBeNull()

    for (let round = 0; round < 10; round += 1) {
      const again = await app.requestChange(ann.id)
      const [confirmed, cancelled] = await Promise.all([
        app.emailChanges.confirmChange(again.confirmHash, now),
        app.emailChanges.cancelChange({ userId: ann.id }, now),
      ])
      expect(confirmed.status === 'changed').toBe(cancelled === null)
    }
  })
})

describe('email tokens in use (PostgreSQL)', () => {
  it('are not waited for when older ones are deleted, so that two requests cannot deadlock', async () => {
    await using app = await open('postgres')
    const ann = await app.addUser()
    const oldest = await app.addToken(ann.email)
    for (let n = 1; n < maxActiveTokens; n += 1) await app.addToken(ann.email)
    const locked = `SELECT FROM email_tokens WHERE token_hash = '${oldest}' FOR UPDATE`
    await whileLocked(app.location, locked, () => app.addToken(ann.email))
    await app.addToken(ann.email)
    expect(await app.findActive(oldest)).toBeNull()
    expect(await app.rows('SELECT 1 FROM email_tokens')).toHaveLength(maxActiveTokens)
  })
})
