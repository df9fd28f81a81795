import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type DatabaseKind, databaseKinds, openTestPersistence } from '../../../test/persistence.ts'
import { aNewUser } from '../../../test/support/new-user.ts'
import type { UseSteps } from '../../../test/support/use-steps.ts'
import type { StoredAuthenticator } from '../../application/ports/authenticator-repository.ts'
import { second } from '../../domain/time.ts'
import { noStep, timeStepAt } from '../../domain/totp.ts'
import { nodeSecrets } from '../crypto/secrets.ts'
import { openPersistence } from './open-persistence.ts'

const now = Date.UTC(2030, 0, 15, 12)
const step = timeStepAt(now)
const limit = { max: 10, passwordVersion: 0 }

async function open(kind: DatabaseKind) {
  const opened = await openTestPersistence(kind)
  const { users, authenticators } = opened.persistence
  const addUser = async () => {
    const user = aNewUser(now)
    expect(await users.add({ user, passwordHash: 'hash' })).toBe('added')
    return user.id
  }
  const addAuthenticator = async (userId: string, changes: Partial<StoredAuthenticator> = {}) => {
    const authenticator = anAuthenticator(userId, changes)
    expect(await authenticators.add(authenticator, limit)).toBe('added')
    return authenticator
  }
  return { ...opened, users, authenticators, addUser, addAuthenticator }
}

function anAuthenticator(
  userId: string,
  changes: Partial<StoredAuthenticator> = {},
): StoredAuthenticator {
  return {
    id: nodeSecrets.id(),
    userId,
    name: 'Phone',
    encryptedKey: { keyId: 'key', ciphertext: Buffer.from([0, 255, 10, 13]) },
    lastStep: noStep,
    createdAt: now,
    lastUsedAt: null,
    ...changes,
  }
}

/** Starts a process that uses the step when it receives a message. */
async function startUses(uses: UseSteps): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL('../../../test/support/use-steps.ts', import.meta.url)))
  child.send(uses)
  await once(child, 'message')
  return child
}

async function countUses(child: ChildProcess): Promise<unknown> {
  child.send('start')
  const [used] = await once(child, 'message')
  return used
}

describe.each(databaseKinds)('authenticators on %s', (kind) => {
  it('are listed for their user, oldest first, as they were added', async () => {
    await using opened = await open(kind)
    const { authenticators, addUser, addAuthenticator } = opened
    const [ann, bob] = [await addUser(), await addUser()]
    const name = `"';--\\ \u{1f511}`
    const newer = await addAuthenticator(ann, { name, lastStep: 2 ** 40, lastUsedAt: now + second })
    const older = await addAuthenticator(ann, { createdAt: now - second })
    await addAuthenticator(bob)
    const listed = await authenticators.list(ann)
    expect(listed.map((each) => ({ ...each, encryptedKey: undefined }))).toEqual([
      { ...older, encryptedKey: undefined },
      { ...newer, encryptedKey: undefined },
    ])
    const ciphertexts = listed.map(({ encryptedKey }) => [...encryptedKey.ciphertext])
    expect(ciphertexts).toEqual([
      [0, 255, 10, 13],
      [0, 255, 10, 13],
    ])
    expect(await authenticators.list(await addUser())).toEqual([])
  })

  it('count as second factors of their user, and are deleted with the user', async () => {
    await using opened = await open(kind)
    const { users, persistence, addUser, addAuthenticator } = opened
    const [ann, bob] = [await addUser(), await addUser()]
    await addAuthenticator(ann)
    await addAuthenticator(ann)
    await addAuthenticator(bob)
    expect((await users.find(ann))?.secondFactors).toBe(2)
    await persistence.accounts.remove(ann)
    expect(await opened.rows('SELECT user_id FROM authenticators')).toEqual([{ user_id: bob }])
  })

  it('are at most the maximum of a user, of 50 parallel additions', async () => {
    await using opened = await open(kind)
    const { authenticators, users, location, addUser } = opened
    const [ann, bob] = [await addUser(), await addUser()]
    await using other = await openOther(location)
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        (index % 2 === 0 ? authenticators : other.authenticators).add(anAuthenticator(ann), limit),
      ),
    )
    expect(results.filter((result) => result === 'added')).toHaveLength(10)
    expect(results.filter((result) => result === 'too-many')).toHaveLength(40)
    expect(await authenticators.list(ann)).toHaveLength(10)
    expect((await users.find(ann))?.secondFactors).toBe(10)
    expect(await authenticators.add(anAuthenticator(bob), limit)).toBe('added')
  })

  it('are added once for an id, of 20 parallel additions', async () => {
    await using opened = await open(kind)
    const { authenticators, addUser } = opened
    const ann = await addUser()
    const authenticator = anAuthenticator(ann)
    const results = await Promise.all(
      Array.from({ length: 20 }, () => authenticators.add(authenticator, limit)),
    )
    expect(results.filter((result) => result === 'added')).toHaveLength(1)
    expect(results.filter((result) => result === 'exists')).toHaveLength(19)
  })

  it('are not added for a user who was deleted', async () => {
    await using opened = await open(kind)
    const authenticator = anAuthenticator(nodeSecrets.id())
    expect(await opened.authenticators.add(authenticator, limit)).toBe('user-deleted')
    expect(await opened.rows('SELECT id FROM authenticators')).toEqual([])
  })

  it('use each step once, only forward, and only for their user', async () => {
    await using opened = await open(kind)
    const { authenticators, addUser, addAuthenticator } = opened
    const [ann, bob] = [await addUser(), await addUser()]
    const { id } = await addAuthenticator(ann, { lastStep: step - 1 })
    const use = { userId: ann, id, step, at: now }
    expect(await authenticators.useStep({ ...use, userId: bob })).toBe(false)
    expect(await authenticators.useStep({ ...use, id: nodeSecrets.id() })).toBe(false)
    expect(await authenticators.useStep({ ...use, step: step - 1 })).toBe(false)
    expect(await authenticators.useStep(use)).toBe(true)
    expect(await authenticators.useStep(use)).toBe(false)
    expect(await authenticators.useStep({ ...use, step: step - 1 })).toBe(false)
    expect(await authenticators.useStep({ ...use, step: step + 1, at: now + second })).toBe(true)
    expect(await authenticators.list(ann)).toMatchObject([
      { lastStep: step + 1, lastUsedAt: now + second },
    ])
  })

  it('let 1 of 50 parallel uses of a step from two processes succeed (V6.5.1)', async () => {
    await using opened = await open(kind)
    const { location, addUser, addAuthenticator } = opened
    const ann = await addUser()
    const { id } = await addAuthenticator(ann)
    const use = { userId: ann, id, step, at: now }
    const uses = { location, use, times: 25 }
    const children = await Promise.all([startUses(uses), startUses(uses)])
    const used = await Promise.all(children.map(countUses))
    expect(used.toSorted()).toEqual([0, 1])
  })

  it('are counted by the key that encrypts them, and replace it once', async () => {
    await using opened = await open(kind)
    const { authenticators, addUser, addAuthenticator } = opened
    const ann = await addUser()
    const encryptedBy = (keyId: string) => ({ keyId, ciphertext: Buffer.from(keyId) })
    const { id } = await addAuthenticator(ann, { encryptedKey: encryptedBy('one') })
    await addAuthenticator(ann, { encryptedKey: encryptedBy('two') })
    const { id: other } = await addAuthenticator(ann, { encryptedKey: encryptedBy('one') })
    const idsAfter = async (after: string, limit = 10) =>
      (await authenticators.listByKey('one', { after, limit })).map((each) => each.id)
    // In the order of the database, which depends on its collation.
    const [first = '', second = ''] = await idsAfter('')
    expect([first, second].toSorted()).toEqual([id, other].toSorted())
    expect(await idsAfter('', 1)).toEqual([first])
    expect(await idsAfter(first)).toEqual([second])
    expect(await idsAfter(second)).toEqual([])

    await authenticators.replaceKey(id, 'one', encryptedBy('three'))
    await authenticators.replaceKey(id, 'one', encryptedBy('four'))
    expect(await authenticators.keyUses()).toEqual([
      { keyId: 'one', authenticators: 1 },
      { keyId: 'three', authenticators: 1 },
      { keyId: 'two', authenticators: 1 },
    ])
    const [replaced] = await authenticators.listByKey('three', { after: '', limit: 10 })
    expect(Buffer.from(replaced?.encryptedKey.ciphertext ?? []).toString()).toBe('three')
  })
})

/** Another process's connections to the database. */
async function openOther(location: Parameters<typeof openPersistence>[0]) {
  const persistence = await openPersistence(location)
  return {
    authenticators: persistence.authenticators,
    [Symbol.asyncDispose]: persistence.close,
  }
}
