import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createFastHasher } from '../../../test/support/fast-hasher.ts'
import { databases } from '../../../test/support/storage.ts'
import { anApp } from '../../../test/support/use-app.ts'
import { nodeSecrets } from '../../adapters/crypto/secrets.ts'
import { createShortenLink } from './shorten-link.ts'

const destination = 'https://dest.test/'

/** Rate limits use the machine's clock, which is fixed here. */
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

describe.each(databases)('shortenLink on %s', (kind) => {
  it('allows exactly 300 links of one user within the window, also concurrently', async () => {
    await using app = await anApp(kind)
    const { id: ownerId } = await app.account()
    const statuses: string[] = []
    // In groups: a query that waits more than 5 s for a pooled connection fails.
    for (let group = 0; group < 10; group += 1) {
      const requests = Array.from({ length: 31 }, () =>
        app.features.links.shorten({ ownerId, destination }),
      )
      statuses.push(...(await Promise.all(requests)).map(({ status }) => status))
    }
    expect(statuses.filter((status) => status === 'shortened')).toHaveLength(300)
    expect(statuses.filter((status) => status === 'throttled')).toHaveLength(10)
  })

  it('rejects if every generated short code is in use', async () => {
    await using app = await anApp(kind)
    const { id: ownerId } = await app.account()
    const shortenLink = createShortenLink({
      isBlocked: async () => false,
      links: app.persistence.links,
      limits: app.features.limits,
      secrets: { ...nodeSecrets, bytes: () => new Uint8Array(16) },
      clock: app.clock,
      destinationRules: { ownOrigins: [], maxLength: 2_048, schemes: [] },
      passwordHasher: createFastHasher(),
      domains: app.features.domains,
    })
    expect((await shortenLink({ ownerId, destination })).status).toBe('shortened')
    await expect(shortenLink({ ownerId, destination })).rejects.toThrow('No available short code')
  })
})
