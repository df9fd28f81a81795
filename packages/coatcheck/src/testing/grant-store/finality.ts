import { expect } from 'vitest'
import type { GrantRecord } from '../../domain/grant.ts'
import { day, minute } from '../../domain/time.ts'
import type { GrantStore } from '../../ports/grant-store.ts'
import { aGrantRecord, anInstant } from '../builders.ts'
import { grantStoreCases } from './case.ts'
import {
  aGrantEnding,
  aGrantRotation,
  endedBy,
  expectGrants,
  grantInsertion,
  insertGrants,
  liveGrants,
} from './fixtures.ts'
import { sweepGrants } from './sweep-grants.ts'

const later = anInstant + 2 * minute

/** Every operation that changes a grant, applied to `record`. Only `purge` removes grants. */
function attempts(store: GrantStore, record: GrantRecord): readonly (() => Promise<unknown>)[] {
  const { id, userId, clientId } = record
  const ending = aGrantEnding({ at: later, reason: 'ended-by-user', by: 'grace' })
  const successor = aGrantRecord({ userId, clientId, createdAt: later })
  return [
    () => store.rotate(id, aGrantRotation(record, { at: later })),
    () => store.end(id, ending),
    () => store.endByUser(userId, ending),
    () => store.endByClient(clientId, ending, 10),
    () => sweepGrants(store, { at: record.expiresAt + day }),
    () => store.insert(grantInsertion({ ...successor, id }, { authorizedAt: later + 1 })),
    () => store.insert(grantInsertion(successor, { authorizedAt: later + 1, limit: 1 })),
    () => store.purge(anInstant, 10),
  ]
}

export const grantFinalityCases = grantStoreCases('finality', {
  async 'no operation changes a grant that has ended'({ store, second }) {
    const record = aGrantRecord()
    await insertGrants(store, [record])
    await store.end(record.id, aGrantEnding())

    for (const view of [store, second]) {
      for (const attempt of attempts(view, record)) await attempt().catch(() => {})
    }

    await expectGrants(store, [endedBy(record, aGrantEnding())])
  },

  async 'no concurrent operation changes a grant after it has ended'({ store, second }) {
    for (let round = 0; round < 5; round += 1) {
      const record = aGrantRecord()
      await insertGrants(store, [record])
      const ending = store.end(record.id, aGrantEnding())
      const others = attempts(second, record).map((attempt) => attempt().catch(() => {}))
      const ended = await ending
      await Promise.all(others)

      const found = await store.find(record.id)
      expect(found?.endedAt).not.toBeNull()
      if (ended !== null) expect(found?.endReason).toBe('password-changed')
      expect(await liveGrants(store, record.userId, later)).not.toContain(record.id)
    }
  },
})
