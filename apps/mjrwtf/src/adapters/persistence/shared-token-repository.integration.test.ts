import { describe, expect, it } from 'vitest'
import { databaseKinds, openTestPersistence } from '../../../test/persistence.ts'
import { maxClientsPerToken, otherClients } from '../../domain/shared-token.ts'
import { day, hour } from '../../domain/time.ts'

const now = Date.UTC(2030, 0, 15, 12)

function use(client: string, at = now, tokenKey = 'one') {
  return { tokenKey, client, uses: 1, firstUsedAt: at, lastUsedAt: at }
}

describe.each(databaseKinds)('uses of shared tokens on %s', (kind) => {
  it('are added up by token and client, the latest first', async () => {
    await using opened = await openTestPersistence(kind)
    const { sharedTokens } = opened.persistence
    await sharedTokens.addUses([use('curl', now), { ...use('curl', now + hour), uses: 3 }])
    await sharedTokens.addUses([use('curl', now - hour), use('wget', now + 1, 'two')])
    expect(await sharedTokens.list()).toEqual([
      { ...use('curl'), uses: 5, lastUsedAt: now + hour },
      use('wget', now + 1, 'two'),
    ])
  })

  it('count further clients of a token together', async () => {
    await using opened = await openTestPersistence(kind)
    const { sharedTokens } = opened.persistence
    const clients = Array.from({ length: maxClientsPerToken + 5 }, (_, index) => use(`c${index}`))
    await sharedTokens.addUses(clients)
    await sharedTokens.addUses([use('c0'), use('wget', now, 'two')])
    const uses = await sharedTokens.list()
    expect(uses).toHaveLength(maxClientsPerToken + 2)
    expect(uses.find(({ client }) => client === otherClients)?.uses).toBe(5)
    expect(uses.find(({ client }) => client === 'c0')?.uses).toBe(2)
  })

  it('are deleted when a client has not used a token for long', async () => {
    await using opened = await openTestPersistence(kind)
    const { sharedTokens } = opened.persistence
    await sharedTokens.addUses([use('old', now - day), use('new')])
    await sharedTokens.purgeBatch(now)
    expect((await sharedTokens.list()).map(({ client }) => client)).toEqual(['new'])
  })

  it('deprecation starts once, and again after it has ended', async () => {
    await using opened = await openTestPersistence(kind)
    const { sharedTokens } = opened.persistence
    const starts = [now, now + day].map((at) => sharedTokens.startDeprecation(at))
    const [first, second] = await Promise.all(starts)
    expect(second).toBe(first)
    await sharedTokens.endDeprecation()
    expect(await sharedTokens.startDeprecation(now + 2 * day)).toBe(now + 2 * day)
  })
})
