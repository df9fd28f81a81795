import { describe, expect, it } from 'vitest'
import { databaseKinds, openTestPersistence } from '../../../test/persistence.ts'
import { aNewUser } from '../../../test/support/new-user.ts'
import type { ClientApplication } from '../../domain/client-application.ts'
import { minute, second } from '../../domain/time.ts'
import { nodeSecrets } from '../crypto/secrets.ts'
import type { Persistence } from './persistence.ts'

const now = Date.UTC(2026, 10, 30)

function aClient(changes: Partial<ClientApplication> = {}): ClientApplication {
  return {
    id: nodeSecrets.id(),
    name: 'Menu printer',
    kind: 'public',
    secretHash: null,
    redirectUris: ['http://127.0.0.1/callback'],
    scopes: ['links:read', 'admin'],
    website: 'https://app.example/',
    allowsDeviceFlow: false,
    createdBy: nodeSecrets.id(),
    createdAt: now,
    ...changes,
  }
}

/** A client, a user, and an unused code for them. */
async function addCode({ clients, users, authorizationCodes }: Persistence) {
  const [client, user] = [aClient(), aNewUser(now)]
  await clients.add(client, 100)
  await users.add({ user, passwordHash: 'none' })
  const code = {
    clientId: client.id,
    userId: user.id,
    sessionId: nodeSecrets.id(),
    ipAddress: '203.0.113.7',
    userAgent: null,
    redirectUri: 'http://127.0.0.1:7777/callback',
    codeChallenge: nodeSecrets.hash('verifier'),
    scopes: ['links:read', 'stats:read'] as const,
    authenticatedAt: now - minute,
    createdAt: now,
  }
  const codeHash = nodeSecrets.hash(nodeSecrets.code())
  const isAdded = await authorizationCodes.add({ ...code, codeHash, expiresAt: now + minute })
  expect(isAdded).toBe(true)
  const { clientId, redirectUri, codeChallenge } = code
  return { code, use: { codeHash, clientId, redirectUri, codeChallenge, at: now + second } }
}

describe.each(databaseKinds)('client repository on %s', (kind) => {
  it('returns clients as they were added and changed', async () => {
    await using opened = await openTestPersistence(kind)
    const { clients } = opened.persistence
    const secretHash = nodeSecrets.hash('secret')
    const first = aClient({ kind: 'confidential', secretHash })
    const second = aClient({ website: null, redirectUris: [], createdAt: now + 1 })
    for (const client of [second, first]) expect(await clients.add(client, 2)).toBe('added')
    expect(await clients.list()).toEqual([first, second])
    const { name, website, redirectUris, scopes } = aClient({ name: 'Other', scopes: ['admin'] })
    const details = { name, website, redirectUris, scopes, allowsDeviceFlow: true }
    expect(await clients.change(second.id, details)).toBe(true)
    expect(await clients.find(second.id)).toEqual({ ...second, ...details })
    expect(await clients.find(first.id)).toEqual(first)
    expect(await clients.change(nodeSecrets.id(), details)).toBe(false)
    expect(await clients.find(nodeSecrets.id())).toBeNull()
  })

  it('replaces the secret of a confidential client only', async () => {
    await using opened = await openTestPersistence(kind)
    const { clients } = opened.persistence
    const confidential = aClient({ kind: 'confidential', secretHash: 'old' })
    const open = aClient()
    for (const client of [confidential, open]) await clients.add(client, 2)
    expect(await clients.replaceSecret(confidential.id, 'new')).toBe(true)
    expect(await clients.replaceSecret(open.id, 'new')).toBe(false)
    expect((await clients.list()).map(({ secretHash }) => secretHash).toSorted()).toEqual([
      'new',
      null,
    ])
  })

  it('adds no more clients than allowed, in parallel', async () => {
    await using opened = await openTestPersistence(kind)
    const { clients } = opened.persistence
    const added = await Promise.all(Array.from({ length: 8 }, () => clients.add(aClient(), 3)))
    expect(added.filter((result) => result === 'added')).toHaveLength(3)
    expect(await clients.list()).toHaveLength(3)
  })

  it('removes a client with its codes', async () => {
    await using opened = await openTestPersistence(kind)
    const { clients, authorizationCodes } = opened.persistence
    const { use } = await addCode(opened.persistence)
    expect(await clients.remove(use.clientId)).toBe('Menu printer')
    expect(await clients.remove(use.clientId)).toBeNull()
    expect(await authorizationCodes.use(use)).toEqual({ status: 'invalid' })
  })
})

describe.each(databaseKinds)('authorization codes on %s', (kind) => {
  it('are used by exactly one of several parallel exchanges', async () => {
    await using opened = await openTestPersistence(kind)
    const { authorizationCodes } = opened.persistence
    const { code, use } = await addCode(opened.persistence)
    const results = await Promise.all(Array.from({ length: 10 }, () => authorizationCodes.use(use)))
    const used = results.filter(({ status }) => status === 'used')
    expect(used).toEqual([{ status: 'used', code }])
    const again = { status: 'used-again', userId: code.userId, grantId: null }
    expect(results.filter(({ status }) => status !== 'used')).toEqual(Array(9).fill(again))
  })

  it('are bound to client, redirect URI and challenge, and expire', async () => {
    await using opened = await openTestPersistence(kind)
    const { authorizationCodes } = opened.persistence
    const { use } = await addCode(opened.persistence)
    const invalid = { status: 'invalid' }
    for (const changes of [
      { clientId: nodeSecrets.id() },
      { redirectUri: 'http://127.0.0.1:7778/callback' },
      { codeChallenge: nodeSecrets.hash('other') },
      { codeHash: nodeSecrets.hash('other') },
      { at: now + minute },
    ]) {
      expect(await authorizationCodes.use({ ...use, ...changes })).toEqual(invalid)
    }
    expect(await authorizationCodes.use({ ...use, at: now + minute - 1 })).toMatchObject({
      status: 'used',
    })
  })

  it('name the grant to a second use, also after they expired', async () => {
    await using opened = await openTestPersistence(kind)
    const { authorizationCodes } = opened.persistence
    const { code, use } = await addCode(opened.persistence)
    await authorizationCodes.use(use)
    expect(await authorizationCodes.recordGrant(use.codeHash, 'a-grant')).toBe(true)
    const otherClient = { ...use, clientId: nodeSecrets.id() }
    expect(await authorizationCodes.use(otherClient)).toEqual({ status: 'invalid' })
    const again = { status: 'used-again', userId: code.userId, grantId: 'a-grant' }
    expect(await authorizationCodes.use({ ...use, at: now + 60 * minute })).toEqual(again)
  })

  it('record no grant after a second use, or with a removed client or user', async () => {
    await using opened = await openTestPersistence(kind)
    const { authorizationCodes, clients, users } = opened.persistence
    const reused = await addCode(opened.persistence)
    for (let uses = 0; uses < 2; uses += 1) await authorizationCodes.use(reused.use)
    expect(await authorizationCodes.recordGrant(reused.use.codeHash, 'a-grant')).toBe(false)
    const ofRemoved = await addCode(opened.persistence)
    await authorizationCodes.use(ofRemoved.use)
    await clients.remove(ofRemoved.use.clientId)
    expect(await authorizationCodes.recordGrant(ofRemoved.use.codeHash, 'a-grant')).toBe(false)
    const { code } = await addCode(opened.persistence)
    const forUnknownUser = { ...code, userId: nodeSecrets.id(), codeHash: 'b', expiresAt: now }
    expect(await authorizationCodes.add(forUnknownUser)).toBe(false)
    expect(await users.find(code.userId)).not.toBeNull()
  })

  it('are deleted after their retention', async () => {
    await using opened = await openTestPersistence(kind)
    const { authorizationCodes } = opened.persistence
    const { use } = await addCode(opened.persistence)
    expect(await authorizationCodes.purgeBatch(now + minute - 1)).toBe(false)
    expect((await authorizationCodes.use(use)).status).toBe('used')
    await authorizationCodes.purgeBatch(now + minute)
    expect(await authorizationCodes.use(use)).toEqual({ status: 'invalid' })
  })
})
