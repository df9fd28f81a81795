import { describe, expect, it } from 'vitest'
import { type DatabaseKind, databaseKinds, openTestPersistence } from '../../../test/persistence.ts'
import { aNewUser } from '../../../test/support/new-user.ts'
import { hour } from '../../domain/time.ts'
import { nodeSecrets } from '../crypto/secrets.ts'
import { openPersistence } from './open-persistence.ts'

const now = Date.UTC(2030, 0, 15, 12)
const dueAt = now + 72 * hour

async function open(kind: DatabaseKind) {
  const opened = await openTestPersistence(kind)
  const { users, factorRemovals, recoveryCodes } = opened.persistence
  const instant = (at: number) => (kind === 'sqlite' ? `${at}` : `to_timestamp(${at / 1000})`)
  const bytes = kind === 'sqlite' ? `x'00'` : `'\\x00'`

  async function addUser() {
    const user = aNewUser(now)
    expect(await users.add({ user, passwordHash: 'hash' })).toBe('added')
    return user.id
  }

  /** A user with one factor of each kind and recovery codes, created before the request. */
  async function addUserWithFactors() {
    const id = await addUser()
    await opened.rows(`INSERT INTO passkeys
      (id, user_id, name, public_key, counter, transports, can_sync, is_synced, can_verify_user, aaguid, created_at)
      VALUES ('${id}', '${id}', 'Key', ${bytes}, 0, '[]', 0, 0, 1, '', ${instant(now - 1)})`)
    await opened.rows(`INSERT INTO authenticators
      (id, user_id, name, encrypted_key, key_id, last_step, created_at)
      VALUES ('${id}', '${id}', 'Phone', ${bytes}, 'k', 0, ${instant(now - 1)})`)
    await opened.rows(`INSERT INTO phones (id, user_id, number, created_at)
      VALUES ('${id}', '${id}', '+4915112345678', ${instant(now - 1)})`)
    const hashes = [nodeSecrets.id(), nodeSecrets.id()]
    await recoveryCodes.replace({ userId: id, passwordVersion: 0, hashes, createdAt: now - 1 })
    return id
  }

  async function request(userId: string) {
    const cancelHash = nodeSecrets.id()
    const removal = { userId, requestedBy: 'operator', requestedAt: now, dueAt, cancelHash }
    return (await factorRemovals.add(removal)) ? cancelHash : null
  }

  async function remind(userId: string, earliest = now) {
    const removal = await factorRemovals.find(userId)
    return removal !== null && factorRemovals.addReminder(removal, nodeSecrets.id(), earliest)
  }

  const touch = (table: string, column: string, userId: string) =>
    opened.rows(`UPDATE ${table} SET ${column} = ${instant(now + 1)} WHERE user_id = '${userId}'`)
  const countOf = async (userId: string) => (await users.find(userId))?.secondFactors
  const helpers = { addUser, addUserWithFactors, request, remind, touch, countOf }
  return { ...opened, ...opened.persistence, ...helpers }
}

describe.each(databaseKinds)('removals of second factors on %s', (kind) => {
  it('add: stores one for a user with second factors, and none for others', async () => {
    await using app = await open(kind)
    const ann = await app.addUserWithFactors()
    const requests = await Promise.all(Array.from({ length: 10 }, () => app.request(ann)))
    expect(requests.filter((hash) => hash !== null)).toHaveLength(1)
    expect(await app.factorRemovals.find(ann)).toEqual({
      userId: ann,
      requestedBy: 'operator',
      requestedAt: now,
      dueAt,
    })
    expect(await app.request(await app.addUser())).toBeNull()
    expect(await app.request(nodeSecrets.id())).toBeNull()
  })

  it('carryOut: removes every factor and code at the due instant, not before', async () => {
    await using app = await open(kind)
    const [ann, bob] = [await app.addUserWithFactors(), await app.addUserWithFactors()]
    await app.request(ann)
    expect(await app.factorRemovals.findDue(dueAt, 10)).toEqual([])
    expect(await app.factorRemovals.carryOut(ann, dueAt)).toBe(false)
    expect(await app.remind(ann)).toBe(true)
    expect(await app.factorRemovals.findDue(dueAt - 1, 10)).toEqual([])
    expect(await app.factorRemovals.carryOut(ann, dueAt - 1)).toBe(false)
    expect(await app.countOf(ann)).toBe(3)
    expect(await app.factorRemovals.findDue(dueAt, 10)).toHaveLength(1)
    expect(await app.factorRemovals.carryOut(ann, dueAt)).toBe(true)
    expect(await app.factors.list(ann)).toMatchObject({ factors: [], unusedRecoveryCodes: 0 })
    expect([await app.countOf(ann), await app.countOf(bob)]).toEqual([0, 3])
    expect(await app.factorRemovals.find(ann)).toBeNull()
    expect(await app.factorRemovals.carryOut(bob, dueAt)).toBe(false)
  })

  it('carryOut: happens once in two processes, and never after a cancellation succeeded', async () => {
    await using app = await open(kind)
    const other = await openPersistence(app.location)
    for (let round = 0; round < 5; round += 1) {
      const ann = await app.addUserWithFactors()
      await app.request(ann)
      await app.remind(ann)
      const carryOuts = [app, other].flatMap(({ factorRemovals }) =>
        Array.from({ length: 5 }, () => factorRemovals.carryOut(ann, dueAt)),
      )
      const cancellation = app.factorRemovals.cancel({ userId: ann })
      const carriedOut = (await Promise.all(carryOuts)).filter(Boolean)
      const canceled = await cancellation
      expect(carriedOut).toHaveLength(canceled === null ? 1 : 0)
      expect(await app.countOf(ann)).toBe(canceled === null ? 0 : 3)
    }
    await other.close()
  })

  it('addReminder: moves a removal that is due too soon, and no other', async () => {
    await using app = await open(kind)
    const ann = await app.addUserWithFactors()
    await app.request(ann)
    await app.remind(ann, dueAt + 5)
    expect(await app.factorRemovals.carryOut(ann, dueAt + 4)).toBe(false)
    expect(await app.factorRemovals.find(ann)).toMatchObject({ dueAt: dueAt + 5 })
    expect(await app.factorRemovals.carryOut(ann, dueAt + 5)).toBe(true)
  })

  it('cancel: succeeds once, by user or by the token of either email', async () => {
    await using app = await open(kind)
    const ann = await app.addUserWithFactors()
    const { factorRemovals } = app
    const hash = (await app.request(ann)) ?? ''
    const [removal] = await factorRemovals.findUnreminded(dueAt, 10)
    if (removal === undefined) throw new Error('No removal.')
    expect(await factorRemovals.addReminder(removal, 'reminder', dueAt)).toBe(true)
    expect(await factorRemovals.addReminder(removal, 'second reminder', dueAt)).toBe(false)
    expect(await factorRemovals.findUnreminded(dueAt, 10)).toEqual([])
    for (const cancelHash of [hash, 'reminder']) {
      expect(await factorRemovals.findByLink(cancelHash)).toMatchObject({
        userId: ann,
        email: `${ann}@example.com`,
      })
    }
    expect(await factorRemovals.findByLink('second reminder')).toBeNull()
    const cancellations = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        factorRemovals.cancel({ cancelHash: n % 2 === 0 ? hash : 'reminder' }),
      ),
    )
    expect(cancellations.filter((each) => each !== null)).toEqual([removal])
    expect(await factorRemovals.cancel({ userId: ann })).toBeNull()
    expect(await factorRemovals.findByLink(hash)).toBeNull()
    expect(await app.request(ann)).not.toBeNull()
    expect(await factorRemovals.cancel({ userId: ann })).not.toBeNull()
  })

  it.each([
    ['passkeys', 'last_used_at'],
    ['authenticators', 'last_used_at'],
    ['phones', 'last_used_at'],
    ['recovery_codes', 'used_at'],
    ['passkeys', 'created_at'],
    ['authenticators', 'created_at'],
    ['phones', 'created_at'],
    ['recovery_codes', 'created_at'],
  ])('is no longer pending once %s.%s is after the request', async (table, column) => {
    await using app = await open(kind)
    const [ann, bob] = [await app.addUserWithFactors(), await app.addUserWithFactors()]
    const hash = (await app.request(ann)) ?? ''
    await app.request(bob)
    await app.touch(table, column, ann)
    const { factorRemovals } = app
    expect(await factorRemovals.find(ann)).toBeNull()
    expect(await factorRemovals.findByLink(hash)).toBeNull()
    expect(await factorRemovals.carryOut(ann, dueAt)).toBe(false)
    const unreminded = await factorRemovals.findUnreminded(dueAt, 9)
    await app.remind(bob)
    const due = [unreminded, await factorRemovals.findDue(dueAt, 9)]
    expect(due.map((removals) => removals.map(({ userId }) => userId))).toEqual([[bob], [bob]])
    const canceled = await Promise.all([1, 2, 3].map(() => factorRemovals.cancelUnneeded(10)))
    expect(canceled.flat().map(({ userId }) => userId)).toEqual([ann])
    expect(await app.countOf(ann)).toBe(3)
  })
})
