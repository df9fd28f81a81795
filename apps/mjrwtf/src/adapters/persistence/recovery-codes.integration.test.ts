import { describe, expect, it } from 'vitest'
import { type DatabaseKind, databaseKinds, openTestPersistence } from '../../../test/persistence.ts'
import { aNewUser } from '../../../test/support/new-user.ts'
import { nodeSecrets } from '../crypto/secrets.ts'
import { openPersistence } from './open-persistence.ts'

const now = Date.UTC(2030, 0, 15, 12)

async function open(kind: DatabaseKind) {
  const opened = await openTestPersistence(kind)
  const { users, recoveryCodes } = opened.persistence

  /** A user with an authenticator, or without a second factor. */
  async function addUser({ hasFactor = true } = {}) {
    const user = aNewUser(now)
    expect(await users.add({ user, passwordHash: 'hash' })).toBe('added')
    const bytes = kind === 'sqlite' ? `x'00'` : `'\\x00'`
    const instant = kind === 'sqlite' ? `${now}` : 'now()'
    if (hasFactor) {
      await opened.rows(`INSERT INTO authenticators
        (id, user_id, name, encrypted_key, key_id, last_step, created_at)
        VALUES ('${user.id}', '${user.id}', 'Phone', ${bytes}, 'k', 0, ${instant})`)
    }
    return user.id
  }

  async function addCodes(userId: string, createdAt = now) {
    const hashes = Array.from({ length: 10 }, () => nodeSecrets.id())
    expect(await recoveryCodes.replace({ userId, passwordVersion: 0, hashes, createdAt })).toBe(
      true,
    )
    return hashes
  }

  return { ...opened, recoveryCodes, addUser, addCodes }
}

describe.each(databaseKinds)('recovery codes on %s', (kind) => {
  it('use: succeeds for exactly one of 50 parallel uses of a code, in two processes', async () => {
    await using app = await open(kind)
    const user = await app.addUser()
    const [code = ''] = await app.addCodes(user)
    const other = await openPersistence(app.location)
    const repositories = [app.recoveryCodes, other.recoveryCodes]
    const uses = await Promise.all(
      Array.from({ length: 50 }, (_, n) => repositories[n % 2]?.use(user, code, now + n)),
    ).finally(other.close)
    expect(uses.filter((used) => used === true)).toHaveLength(1)
    expect(await app.recoveryCodes.use(user, code, now)).toBe(false)
    expect(await app.recoveryCodes.status(user)).toMatchObject({ unused: 9 })
  })

  it('use: rejects an unknown code, and the code of another user', async () => {
    await using app = await open(kind)
    const [ann, bob] = [await app.addUser(), await app.addUser()]
    const [code = ''] = await app.addCodes(ann)
    expect(await app.recoveryCodes.use(bob, code, now)).toBe(false)
    expect(await app.recoveryCodes.use(ann, 'unknown', now)).toBe(false)
    expect(await app.recoveryCodes.use(ann, code, now)).toBe(true)
  })

  it('replace: makes all old codes invalid, used or not, and leaves those of others', async () => {
    await using app = await open(kind)
    const [ann, bob] = [await app.addUser(), await app.addUser()]
    const [used = '', unused = ''] = await app.addCodes(ann)
    const [kept = ''] = await app.addCodes(bob)
    await app.recoveryCodes.use(ann, used, now)
    const [fresh = ''] = await app.addCodes(ann, now + 1)
    expect(await app.recoveryCodes.status(ann)).toEqual({
      createdAt: now + 1,
      isSaved: false,
      unused: 10,
    })
    for (const code of [used, unused]) {
      expect(await app.recoveryCodes.use(ann, code, now)).toBe(false)
    }
    expect(await app.recoveryCodes.use(ann, fresh, now)).toBe(true)
    expect(await app.recoveryCodes.use(bob, kept, now)).toBe(true)
  })

  it('replace: leaves the ten codes of one of 20 parallel calls', async () => {
    await using app = await open(kind)
    const user = await app.addUser()
    const sets = await Promise.all(
      Array.from({ length: 20 }, (_, n) => app.addCodes(user, now + n)),
    )
    const stored = await app.rows('SELECT code_hash FROM recovery_codes')
    expect(stored).toHaveLength(10)
    const winners = sets.filter((hashes) =>
      hashes.every((hash) => JSON.stringify(stored).includes(hash)),
    )
    expect(winners).toHaveLength(1)
  })

  it('replace: changes nothing for a user without a second factor or a deleted user', async () => {
    await using app = await open(kind)
    for (const userId of [await app.addUser({ hasFactor: false }), nodeSecrets.id()]) {
      const hashes = [nodeSecrets.id()]
      const codes = { userId, passwordVersion: 0, hashes, createdAt: now }
      expect(await app.recoveryCodes.replace(codes)).toBe(false)
    }
    expect(await app.rows('SELECT * FROM recovery_codes')).toEqual([])
  })

  it('confirmSaved: belongs to the codes that the user saw, not to later ones', async () => {
    await using app = await open(kind)
    const user = await app.addUser()
    expect(await app.recoveryCodes.status(user)).toEqual({
      createdAt: null,
      isSaved: false,
      unused: 0,
    })
    await app.addCodes(user)
    await app.addCodes(user, now + 1)
    await app.recoveryCodes.confirmSaved(user, now, now + 2)
    expect(await app.recoveryCodes.status(user)).toMatchObject({ isSaved: false })
    await app.recoveryCodes.confirmSaved(user, now + 1, now + 2)
    expect(await app.recoveryCodes.status(user)).toMatchObject({ isSaved: true })
  })
})
