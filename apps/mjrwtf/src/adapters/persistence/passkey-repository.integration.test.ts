import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type DatabaseKind, databaseKinds, openTestPersistence } from '../../../test/persistence.ts'
import { aNewUser } from '../../../test/support/new-user.ts'
import type { NewPasskey } from '../../domain/passkey.ts'
import { hour, minute } from '../../domain/time.ts'
import type { User } from '../../domain/user.ts'
import { nodeSecrets } from '../crypto/secrets.ts'

const now = Date.UTC(2030, 0, 15, 12)
const limit = { max: 20, passwordVersion: 0 }

async function open(kind: DatabaseKind) {
  const opened = await openTestPersistence(kind)
  const { users, passkeys } = opened.persistence

  async function addUser(): Promise<User> {
    const user = aNewUser(now)
    expect(await users.add({ user, passwordHash: '$argon2id$kept' })).toBe('added')
    return user
  }

  /** Adds a passkey whose counter is 5. */
  async function addPasskey(user: User, changes: Partial<NewPasskey> = {}): Promise<NewPasskey> {
    const passkey = aPasskeyOf(user, changes)
    expect(await passkeys.add(passkey, limit)).toBe('added')
    return passkey
  }

  const secondFactorsOf = async (user: User) => (await users.find(user.id))?.secondFactors
  return { ...opened, users, passkeys, addUser, addPasskey, secondFactorsOf }
}

function aPasskeyOf(user: User, changes: Partial<NewPasskey> = {}): NewPasskey {
  return {
    id: randomBytes(32).toString('base64url'),
    userId: user.id,
    name: 'Laptop',
    publicKey: randomBytes(77),
    counter: 5,
    transports: ['internal', 'hybrid'],
    canSync: true,
    isSynced: false,
    canVerifyUser: true,
    aaguid: '00000000-0000-0000-0000-000000000000',
    createdAt: now,
    ...changes,
  }
}

const useOf = ({ id }: NewPasskey, counter: number) => ({
  id,
  counter,
  isSynced: true,
  at: now + 1,
})
const fifty = Array.from({ length: 50 })
const accepted = (results: readonly unknown[]) => results.filter((result) => result === true)

describe.each(databaseKinds)('passkey repository on %s', (kind) => {
  it('lists passkeys with what was registered, and finds one with its user', async () => {
    await using opened = await open(kind)
    const { passkeys, addUser, addPasskey } = opened
    const [ann, bob] = [await addUser(), await addUser()]
    const later = await addPasskey(ann, { name: 'Key', createdAt: now + 1, canVerifyUser: false })
    const first = await addPasskey(ann)
    await addPasskey(bob)
    const unused = { lastUsedAt: null, suspendedAt: null }
    const { userId: _, publicKey, counter: __, canSync, aaguid: ___, ...shown } = first
    expect(await passkeys.list(ann.id)).toEqual([
      { ...shown, ...unused },
      { ...shown, ...unused, id: later.id, name: 'Key', createdAt: now + 1, canVerifyUser: false },
    ])
    const found = await passkeys.find(first.id)
    expect(found).toMatchObject({ id: first.id, name: 'Laptop', canSync, canVerifyUser: true })
    expect(found?.user).toEqual({ ...ann, secondFactors: 2 })
    expect(Buffer.from(found?.publicKey ?? [])).toEqual(publicKey)
    expect(await passkeys.find('unknown')).toBeNull()
  })

  it('refuses a credential that its user or another one has, and a deleted user', async () => {
    await using opened = await open(kind)
    const { passkeys, addUser, addPasskey, secondFactorsOf } = opened
    const [ann, bob] = [await addUser(), await addUser()]
    const { id } = await addPasskey(ann)
    expect(await passkeys.add(aPasskeyOf(ann, { id }), limit)).toBe('registered')
    expect(await passkeys.add(aPasskeyOf(bob, { id }), limit)).toBe('of-other-user')
    expect(await passkeys.add(aPasskeyOf({ ...ann, id: 'deleted' }), limit)).toBe('user-deleted')
    expect([await secondFactorsOf(ann), await secondFactorsOf(bob)]).toEqual([1, 0])
    expect((await passkeys.find(id))?.user.id).toBe(ann.id)
  })

  it('adds a credential to one of the users who register it at once', async () => {
    await using opened = await open(kind)
    const { passkeys, addUser } = opened
    const users = await Promise.all(Array.from({ length: 8 }, addUser))
    const { id } = aPasskeyOf(users[0] ?? (await addUser()))
    const results = await Promise.all(
      users.map((user) => passkeys.add(aPasskeyOf(user, { id }), limit)),
    )
    expect(results.toSorted()).toEqual(['added', ...Array(7).fill('of-other-user')])
  })

  it('never adds more passkeys than the limit, however many are added at once', async () => {
    await using opened = await open(kind)
    const { passkeys, addUser, secondFactorsOf } = opened
    const ann = await addUser()
    const results = await Promise.all(
      Array.from({ length: 30 }, () => passkeys.add(aPasskeyOf(ann), limit)),
    )
    expect(results.filter((result) => result === 'added')).toHaveLength(limit.max)
    expect(results.filter((result) => result === 'too-many')).toHaveLength(10)
    expect(await secondFactorsOf(ann)).toBe(limit.max)
  })

  it.each([
    { name: 'a greater counter', counter: 5, presented: 6, isAccepted: true },
    { name: 'the greatest counter', counter: 5, presented: 2 ** 32 - 1, isAccepted: true },
    { name: 'no counter before and after', counter: 0, presented: 0, isAccepted: true },
    { name: 'the first counter', counter: 0, presented: 1, isAccepted: true },
    { name: 'the same counter', counter: 5, presented: 5, isAccepted: false },
    { name: 'a smaller counter', counter: 5, presented: 4, isAccepted: false },
    { name: 'no counter after one', counter: 5, presented: 0, isAccepted: false },
  ])('decides the use with $name', async ({ counter, presented, isAccepted }) => {
    await using opened = await open(kind)
    const { passkeys, addUser, addPasskey, secondFactorsOf } = opened
    const ann = await addUser()
    const use = useOf(await addPasskey(ann, { counter }), presented)
    expect(await passkeys.use(use)).toBe(isAccepted)
    const [passkey] = await passkeys.list(ann.id)
    expect(passkey).toMatchObject({
      isSynced: isAccepted,
      lastUsedAt: isAccepted ? now + 1 : null,
    })
    if (isAccepted) return
    expect(await passkeys.suspend(use)).toBe(true)
    // A client with a copy must not get in with the password alone.
    expect(await secondFactorsOf(ann)).toBe(1)
  })

  it('accepts one of fifty uses with the same counter, and suspends once', async () => {
    await using opened = await open(kind)
    const { passkeys, addUser, addPasskey } = opened
    const use = useOf(await addPasskey(await addUser()), 6)
    const uses = await Promise.all(fifty.map(() => passkeys.use(use)))
    expect(accepted(uses)).toHaveLength(1)
    const suspensions = await Promise.all(fifty.map(() => passkeys.suspend(use)))
    expect(accepted(suspensions)).toHaveLength(1)
  })

  it('suspends nothing for a use that a removed or accepted passkey explains', async () => {
    await using opened = await open(kind)
    const { passkeys, addUser, addPasskey } = opened
    const passkey = await addPasskey(await addUser())
    expect(await passkeys.suspend(useOf(passkey, 6))).toBe(false)
    expect(await passkeys.suspend({ ...useOf(passkey, 1), id: 'removed' })).toBe(false)
  })

  it('accepts a suspended passkey again only after its user keeps it, with any counter', async () => {
    await using opened = await open(kind)
    const { passkeys, addUser, addPasskey, secondFactorsOf } = opened
    const [ann, bob] = [await addUser(), await addUser()]
    const passkey = await addPasskey(ann)
    await passkeys.suspend(useOf(passkey, 3))
    expect(await passkeys.use(useOf(passkey, 100))).toBe(false)
    expect(await passkeys.keep(bob.id, passkey.id)).toBeNull()
    expect(await passkeys.keep(ann.id, passkey.id)).toBe('Laptop')
    expect(await passkeys.keep(ann.id, passkey.id)).toBeNull()
    expect(await secondFactorsOf(ann)).toBe(1)
    expect(await passkeys.use(useOf(passkey, 3))).toBe(true)
    expect(await passkeys.use(useOf(passkey, 3))).toBe(false)
  })

  it('uses a challenge once of fifty times, until it is purged', async () => {
    await using opened = await open(kind)
    const { passkeys } = opened
    const challenge = { hash: nodeSecrets.hash('challenge'), expiresAt: now + 10 * minute }
    const uses = await Promise.all(fifty.map(() => passkeys.useChallenge(challenge)))
    expect(accepted(uses)).toHaveLength(1)
    await passkeys.purgeBatch(now + 10 * minute - 1)
    expect(await passkeys.useChallenge(challenge)).toBe(false)
    await passkeys.purgeBatch(now + hour)
    expect(await passkeys.useChallenge(challenge)).toBe(true)
  })

  it('deletes the passkeys of a deleted user', async () => {
    await using opened = await open(kind)
    const { passkeys, addUser, addPasskey, rows } = opened
    const ann = await addUser()
    const { id } = await addPasskey(ann)
    await rows(`DELETE FROM users WHERE id = '${ann.id}'`)
    expect(await passkeys.find(id)).toBeNull()
  })
})
