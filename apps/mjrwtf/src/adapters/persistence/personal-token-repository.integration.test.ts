import { describe, expect, it } from 'vitest'
import { type DatabaseKind, databaseKinds, openTestPersistence } from '../../../test/persistence.ts'
import { aNewUser } from '../../../test/support/new-user.ts'
import type { NewPersonalToken } from '../../application/ports/personal-token-repository.ts'
import { day, minute } from '../../domain/time.ts'
import type { User } from '../../domain/user.ts'
import { nodeSecrets } from '../crypto/secrets.ts'

const now = Date.UTC(2030, 0, 15, 12)

async function open(kind: DatabaseKind) {
  const opened = await openTestPersistence(kind)
  const { users, emailTokens, personalTokens } = opened.persistence

  async function addUser() {
    const user = aNewUser(now)
    await users.add({ user, passwordHash: 'hash' })
    return user
  }

  async function add(user: User, fields: Partial<NewPersonalToken> = {}, max = 50) {
    const id = fields.id ?? nodeSecrets.id()
    const token: NewPersonalToken = {
      ...{ id, userId: user.id, name: 'CI', tokenHash: `hash of ${id}`, networks: [] },
      ...{ scopes: ['links:read'], createdAt: now, expiresAt: now + 90 * day, isReminded: false },
      ...fields,
    }
    const { passwordVersion } = user
    return { token, result: await personalTokens.add(token, { max, passwordVersion }) }
  }

  async function resetPassword(user: User) {
    const hash = nodeSecrets.id()
    const purpose = 'reset-password'
    const times = { createdAt: now, expiresAt: now + day }
    await emailTokens.add({ hash, purpose, email: user.email, ...times, verifiesEmail: true })
    return emailTokens.resetPassword({ hash, now, passwordHash: 'other' })
  }

  return { ...opened, personalTokens, addUser, add, resetPassword }
}

describe.each(databaseKinds)('personal access tokens on %s', (kind) => {
  it('find: returns the token by its hash, with its user', async () => {
    await using opened = await open(kind)
    const { personalTokens } = opened
    const ann = await opened.addUser()
    const fields = { scopes: ['links:read', 'admin'], networks: ['10.0.0.0/8', '::1/128'] } as const
    const { token } = await opened.add(ann, fields)
    const { tokenHash, isReminded: _, ...shown } = token
    const unused = { lastUsedAt: null, lastUsedIpAddress: null }
    expect(await personalTokens.find(tokenHash)).toEqual({
      token: { ...shown, ...unused },
      user: ann,
    })
    expect(await personalTokens.find('another')).toBeNull()
    expect(await personalTokens.find(token.id)).toBeNull()
  })

  it('add: never exceeds the limit, also with parallel calls', async () => {
    await using opened = await open(kind)
    const [ann, bob] = [await opened.addUser(), await opened.addUser()]
    const additions = Array.from({ length: 10 }, () => opened.add(ann, {}, 3))
    const results = (await Promise.all(additions)).map(({ result }) => result)
    expect(results.filter((result) => result === 'added')).toHaveLength(3)
    expect(results.filter((result) => result === 'too-many')).toHaveLength(7)
    expect(await opened.personalTokens.list(ann.id)).toHaveLength(3)
    expect((await opened.add(bob, {}, 3)).result).toBe('added')
  })

  it('add: adds a token with the same id once', async () => {
    await using opened = await open(kind)
    const [ann, bob] = [await opened.addUser(), await opened.addUser()]
    const id = nodeSecrets.id()
    const twice = await Promise.all([1, 2].map((n) => opened.add(ann, { id, tokenHash: `${n}` })))
    expect(twice.map(({ result }) => result).toSorted()).toEqual(['added', 'exists'])
    expect((await opened.add(bob, { id, tokenHash: 'of bob' })).result).toBe('exists')
    expect(await opened.personalTokens.list(bob.id)).toEqual([])
  })

  it('add: adds nothing for a user who was deleted or whose password was changed meanwhile', async () => {
    await using opened = await open(kind)
    const ann = await opened.addUser()
    const { users } = opened.persistence
    const change = { userId: ann.id, from: 'hash', to: 'other', sessionId: 'session', at: now }
    const { token } = await opened.add(ann)
    await users.changePassword(change)
    // A change keeps the tokens; a creation that was authorized before it fails.
    expect(await opened.personalTokens.list(ann.id)).toHaveLength(1)
    expect((await opened.add(ann)).result).toBe('user-changed')
    await opened.persistence.accounts.remove(ann.id)
    expect(await opened.personalTokens.find(token.tokenHash)).toBeNull()
    expect((await opened.add({ ...ann, passwordVersion: 1 })).result).toBe('user-changed')
  })

  it('revoke: deletes a token of the user, and of no other user', async () => {
    await using opened = await open(kind)
    const { personalTokens } = opened
    const [ann, bob] = [await opened.addUser(), await opened.addUser()]
    const { token } = await opened.add(ann, { name: 'Backup' })
    expect(await personalTokens.revoke(bob.id, token.id)).toBeNull()
    expect(await personalTokens.find(token.tokenHash)).not.toBeNull()
    expect(await personalTokens.revoke(ann.id, token.id)).toBe('Backup')
    expect(await personalTokens.find(token.tokenHash)).toBeNull()
    expect(await personalTokens.revoke(ann.id, token.id)).toBeNull()
  })

  it('revokeAll: deletes the tokens of the user, and of no other user', async () => {
    await using opened = await open(kind)
    const { personalTokens } = opened
    const [ann, bob] = [await opened.addUser(), await opened.addUser()]
    await opened.add(ann)
    await opened.add(ann)
    await opened.add(bob)
    expect(await personalTokens.revokeAll(ann.id)).toBe(2)
    expect(await personalTokens.list(ann.id)).toEqual([])
    expect(await personalTokens.list(bob.id)).toHaveLength(1)
  })

  it('a reset of the password deletes the tokens of the user, and of no other user', async () => {
    await using opened = await open(kind)
    const [ann, bob] = [await opened.addUser(), await opened.addUser()]
    await opened.add(ann)
    await opened.add(bob)
    expect(await opened.resetPassword(ann)).toMatchObject({ userId: ann.id })
    expect(await opened.personalTokens.list(ann.id)).toEqual([])
    expect(await opened.personalTokens.list(bob.id)).toHaveLength(1)
    expect((await opened.add(ann)).result).toBe('user-changed')
  })

  it('recordUses: moves the last use forward only, and ignores deleted tokens', async () => {
    await using opened = await open(kind)
    const { personalTokens } = opened
    const ann = await opened.addUser()
    const [{ token: one }, { token: two }] = [await opened.add(ann), await opened.add(ann)]
    const use = (tokenId: string, at: number, ipAddress: string | null = '192.0.2.1') => ({
      ...{ tokenId, at, ipAddress },
    })
    await personalTokens.recordUses([use(one.id, now + minute), use(two.id, now, null)])
    await personalTokens.recordUses([use(one.id, now, '192.0.2.9'), use('deleted', now)])
    await personalTokens.recordUses([])
    const lastUse = async (hash: string) => {
      const { lastUsedAt, lastUsedIpAddress } = (await personalTokens.find(hash))?.token ?? {}
      return [lastUsedAt, lastUsedIpAddress]
    }
    expect(await lastUse(one.tokenHash)).toEqual([now + minute, '192.0.2.1'])
    expect(await lastUse(two.tokenHash)).toEqual([now, null])
  })

  it('claimReminders: returns each token once, in its last week, also to parallel calls', async () => {
    await using opened = await open(kind)
    const { personalTokens } = opened
    const ann = await opened.addUser()
    const soon = await opened.add(ann, { name: 'Soon', expiresAt: now + 7 * day })
    await opened.add(ann, { name: 'Later', expiresAt: now + 7 * day + 1 })
    await opened.add(ann, { name: 'Expired', expiresAt: now })
    await opened.add(ann, { name: 'Short', expiresAt: now + day, isReminded: true })
    const range = { now, until: now + 7 * day, limit: 10 }
    const claims = await Promise.all([1, 2, 3].map(() => personalTokens.claimReminders(range)))
    const { userId, expiresAt } = soon.token
    expect(claims.flat()).toEqual([{ userId, name: 'Soon', expiresAt, email: ann.email }])
    expect(await personalTokens.claimReminders(range)).toEqual([])
  })

  it('purgeBatch: deletes those that expired before the instant', async () => {
    await using opened = await open(kind)
    const { personalTokens } = opened
    const ann = await opened.addUser()
    await opened.add(ann, { name: 'Old', expiresAt: now - 1 })
    await opened.add(ann, { name: 'At the instant', expiresAt: now })
    expect(await personalTokens.purgeBatch(now)).toBe(false)
    expect((await personalTokens.list(ann.id)).map(({ name }) => name)).toEqual(['At the instant'])
  })
})
