import { expect } from 'vitest'
import { aSessionRecord } from '../builders.ts'
import { listenTo } from '../recording-listener.ts'
import type { RevocationChannelContractCase } from '../revocation-channel-contract.ts'
import { anEnding, insertAll } from '../steps.ts'

export const channelLifeCases: readonly RevocationChannelContractCase[] = [
  {
    name: 'proves no moment before it has come',
    async run({ channel }) {
      await using hearing = listenTo(channel)
      await hearing.catchUp()

      for (let times = 0; times < 50; times += 1) {
        hearing.subscription.prove()
        const provenAt = hearing.subscription.provenAt()
        expect(provenAt).toBeLessThanOrEqual(hearing.clock.now())
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
  },
  {
    name: 'counts what was before it began as changed',
    async run({ channel }) {
      await using hearing = listenTo(channel)
      await hearing.catchUp()
      expect(hearing.anyChanged()).toBeGreaterThan(0)
    },
  },
  {
    name: 'goes on proving itself',
    async run({ channel }) {
      await using hearing = listenTo(channel)
      for (let times = 0; times < 20; times += 1) await hearing.catchUp()
      expect(hearing.interrupted).toEqual([])
    },
  },
  {
    name: 'tells nothing and proves nothing once it is closed',
    async run({ store, channel }) {
      const record = aSessionRecord()
      await insertAll(store, [record])
      const closed = listenTo(channel)
      await using open = listenTo(channel)
      await Promise.all([closed.catchUp(), open.catchUp()])
      closed.clear()

      await closed.subscription.close()
      await store.end(record.id, anEnding())
      await open.catchUp()
      closed.subscription.prove()

      expect(closed.subscription.provenAt()).toBe(Number.NEGATIVE_INFINITY)
      expect(closed.hasHeardOf(record.id)).toBe(false)
    },
  },
]
