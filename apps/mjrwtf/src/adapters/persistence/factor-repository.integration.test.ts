import { describe, expect, it } from 'vitest'
import { type DatabaseKind, databaseKinds, openTestPersistence } from '../../../test/persistence.ts'
import { aNewUser } from '../../../test/support/new-user.ts'
import type { SecondFactorKind } from '../../domain/second-factor.ts'
import { nodeSecrets } from '../crypto/secrets.ts'
import { openPersistence } from './open-persistence.ts'

const now = Date.UTC(2030, 0, 15, 12)

const keepOne = { mustKeepOne: true, issuers: [] }
const keepNone = { mustKeepOne: false, issuers: [] }

const none = { factors: [], suspendedPasskeys: 0, unusedRecoveryCodes: 0 }

/** Direct SQL, because each kind of factor has a repository of its own that adds it. */
async function open(kind: DatabaseKind) {
  const opened = await openTestPersistence(kind)
  const { users, factors } = opened.persistence
  const instant = (at: number) => (kind === 'sqlite' ? `${at}` : `to_timestamp(${at / 1000})`)
  const bytes = kind === 'sqlite' ? `x'00'` : `'\\x00'`

  async function addUser(isOperator = false) {
    const user = aNewUser(now, isOperator)
    expect(await users.add({ user, passwordHash: 'hash' })).toBe('added')
    return user.id
  }

  async function add(userId: string, factor: SecondFactorKind, { name = 'Key', at = now } = {}) {
    const id = nodeSecrets.id()
    const values = {
      passkey: `passkeys (id, user_id, name, public_key, counter, transports, can_sync, is_synced, can_verify_user,
        aaguid, created_at) VALUES ('${id}', '${userId}', '${name}', ${bytes}, 0, '[]', 0, 0, 1, '', ${instant(at)})`,
      authenticator: `authenticators (id, user_id, name, encrypted_key, key_id, last_step, created_at, last_used_at)
        VALUES ('${id}', '${userId}', '${name}', ${bytes}, 'k', 0, ${instant(at)}, ${instant(at + 1)})`,
      phone: `phones (id, user_id, number, created_at) VALUES ('${id}', '${userId}', '+4915112345678', ${instant(at)})`,
    }
    await opened.rows(`INSERT INTO ${values[factor]}`)
    return { kind: factor, id }
  }

  const suspend = (id: string, at: number | null = now) =>
    opened.rows(
      `UPDATE passkeys SET suspended_at = ${at === null ? 'NULL' : instant(at)} WHERE id = '${id}'`,
    )
  const addCodes = (userId: string, count: number, usedAt: number | null = null) =>
    opened.rows(
      `INSERT INTO recovery_codes (code_hash, user_id, created_at, used_at) VALUES ${Array.from(
        { length: count },
        () =>
          `('${nodeSecrets.id()}', '${userId}', ${instant(now)}, ${usedAt === null ? 'NULL' : instant(usedAt)})`,
      ).join()}`,
    )
  const countOf = async (userId: string) => (await users.find(userId))?.secondFactors
  return { ...opened, factors, addUser, add, suspend, addCodes, countOf }
}

describe.each(databaseKinds)('second factors on %s', (kind) => {
  it('are listed oldest first, with a masked number and the unused recovery codes', async () => {
    await using app = await open(kind)
    const { factors, addUser, add } = app
    const [ann, bob] = [await addUser(), await addUser()]
    expect(await factors.list(ann)).toEqual(none)

    const phone = await add(ann, 'phone', { at: now + 2 })
    const passkey = await add(ann, 'passkey', { name: 'Laptop', at: now + 1 })
    const authenticator = await add(ann, 'authenticator', { name: 'Old phone' })
    await app.suspend((await add(ann, 'passkey')).id)
    await add(bob, 'passkey')
    await app.addCodes(ann, 3)
    await app.addCodes(ann, 2, now)
    await app.addCodes(bob, 1)
    expect(await factors.list(ann)).toEqual({
      factors: [
        { ...authenticator, name: 'Old phone', createdAt: now, lastUsedAt: now + 1 },
        { ...passkey, name: 'Laptop', createdAt: now + 1, lastUsedAt: null },
        { ...phone, name: '\u2022\u2022\u2022\u2022 5678', createdAt: now + 2, lastUsedAt: null },
      ],
      suspendedPasskeys: 1,
      unusedRecoveryCodes: 3,
    })
  })

  it('are counted exactly when they are added and removed, also suspended ones', async () => {
    await using app = await open(kind)
    const { factors, addUser, add, suspend, countOf } = app
    const [ann, bob] = [await addUser(), await addUser()]
    const [passkey, other] = [await add(ann, 'passkey'), await add(ann, 'passkey')]
    await add(ann, 'authenticator')
    const phone = await add(ann, 'phone')
    expect(await countOf(ann)).toBe(4)
    await suspend(passkey.id)
    await suspend(passkey.id, now + 1)
    await suspend(other.id)
    await suspend(passkey.id, null)
    expect(await countOf(ann)).toBe(4)
    expect(await factors.remove(ann, other, keepOne)).toBe('removed')
    expect(await factors.remove(ann, phone, keepOne)).toBe('removed')
    expect(await factors.rename(ann, passkey, 'Other name')).toBe(true)
    expect([await countOf(ann), await countOf(bob)]).toEqual([2, 0])

    await app.rows(`DELETE FROM users WHERE id = '${ann}'`)
    for (const table of ['passkeys', 'authenticators', 'phones'])
      expect(await app.rows(`SELECT id FROM ${table}`)).toEqual([])
  })

  it('are removed and renamed only by their user', async () => {
    await using app = await open(kind)
    const { factors, addUser, add } = app
    const [ann, bob] = [await addUser(), await addUser()]
    const passkey = await add(ann, 'passkey')
    const phone = await add(ann, 'phone')
    expect(await factors.remove(bob, passkey, keepNone)).toBe('missing')
    expect(await factors.remove(ann, { ...passkey, kind: 'authenticator' }, keepNone)).toBe(
      'missing',
    )
    expect(await factors.rename(bob, passkey, 'Mine')).toBe(false)
    expect(await factors.rename(ann, phone, 'Mine')).toBe(false)
    expect((await factors.list(ann)).factors.map(({ name }) => name)).not.toContain('Mine')
    expect(await factors.remove(ann, passkey, keepNone)).toBe('removed')
    expect(await factors.remove(ann, passkey, keepNone)).toBe('missing')
  })

  it('keep the last one that can be used, if one must remain', async () => {
    await using app = await open(kind)
    const { factors, addUser, add, suspend, countOf } = app
    const ann = await addUser()
    const [passkey, suspended] = [await add(ann, 'passkey'), await add(ann, 'passkey')]
    await suspend(suspended.id)
    expect(await factors.remove(ann, passkey, keepOne)).toBe('last-factor')
    expect(await factors.remove(ann, suspended, keepOne)).toBe('removed')
    expect(await countOf(ann)).toBe(1)
    expect(await factors.remove(ann, passkey, keepNone)).toBe('removed')
    expect(await countOf(ann)).toBe(0)
  })

  it('of an administrator never leave a phone as the only one', async () => {
    await using app = await open(kind)
    const { factors, addUser, add } = app
    const operator = await addUser(true)
    const [passkey, phone] = [await add(operator, 'passkey'), await add(operator, 'phone')]
    expect(await factors.remove(operator, passkey, keepNone)).toBe('phone-would-remain')
    expect(await factors.remove(operator, phone, keepNone)).toBe('removed')
    const user = await addUser()
    const key = await add(user, 'authenticator')
    await add(user, 'phone')
    expect(await factors.remove(user, key, keepOne)).toBe('removed')
  })

  it('keep one of two that two processes remove in parallel', async () => {
    await using app = await open(kind)
    const { factors, addUser, add, countOf } = app
    const other = await openPersistence(app.location)
    try {
      for (let round = 0; round < 10; round += 1) {
        const ann = await addUser()
        const [passkey, authenticator] = [
          await add(ann, 'passkey'),
          await add(ann, 'authenticator'),
        ]
        const results = await Promise.all([
          factors.remove(ann, passkey, keepOne),
          other.factors.remove(ann, authenticator, keepOne),
        ])
        expect(results.toSorted()).toEqual(['last-factor', 'removed'])
        expect(await countOf(ann)).toBe(1)
      }
    } finally {
      await other.close()
    }
  })

  it('are removed without a deadlock while a passkey is suspended', async () => {
    await using app = await open(kind)
    const { factors, addUser, add, suspend, countOf } = app
    for (let round = 0; round < 10; round += 1) {
      const ann = await addUser()
      const passkey = await add(ann, 'passkey')
      await add(ann, 'authenticator')
      const [, removed] = await Promise.all([
        suspend(passkey.id),
        factors.remove(ann, passkey, keepOne),
      ])
      expect([removed, await countOf(ann)]).toEqual(['removed', 1])
    }
  })

  it('take the recovery codes with them when the last one is removed', async () => {
    await using app = await open(kind)
    const [ann, bob] = [await app.addUser(), await app.addUser()]
    const [first, last] = [await app.add(ann, 'passkey'), await app.add(ann, 'authenticator')]
    for (const user of [ann, bob]) await app.addCodes(user, 2)
    const codesOf = async (user: string) => (await app.factors.list(user)).unusedRecoveryCodes
    expect(await app.factors.remove(ann, first, keepNone)).toBe('removed')
    expect(await codesOf(ann)).toBe(2)
    expect(await app.factors.remove(ann, last, keepNone)).toBe('removed')
    expect([await codesOf(ann), await codesOf(bob)]).toEqual([0, 2])
  })

  it('are all removed with the recovery codes, and those of others remain', async () => {
    await using app = await open(kind)
    const { factors, addUser, add, suspend, countOf } = app
    const [ann, bob] = [await addUser(true), await addUser()]
    await add(bob, 'passkey')
    await app.addCodes(bob, 1)
    await add(ann, 'phone')
    await add(ann, 'authenticator')
    await suspend((await add(ann, 'passkey')).id)
    await app.addCodes(ann, 10)
    expect(await factors.removeAll(ann)).toBe(3)
    expect(await factors.removeAll(ann)).toBe(0)
    expect(await factors.list(ann)).toEqual(none)
    expect([await countOf(ann), await countOf(bob)]).toEqual([0, 1])
    expect((await factors.list(bob)).unusedRecoveryCodes).toBe(1)
  })
})
