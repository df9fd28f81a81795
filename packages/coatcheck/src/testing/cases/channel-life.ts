import { expect } from 'vitest'
import { aSessionRecord } from '../builders.ts'
import { listenTo } from '../recording-listener.ts'
import { channelCases } from '../revocation-channel-case.ts'
import { anEnding, insertAll } from '../steps.ts'

export const channelLifeCases = channelCases({
  async 'proves no moment before it has come'({ channel }) {
    await using hearing = listenTo(channel)
    await hearing.catchUp()

    for (let times = 0; times < 50; times += 1) {
      hearing.subscription.prove()
      const provenAt = hearing.subscription.provenAt()
      expect(provenAt).toBeLessThanOrEqual(hearing.clock.now())
      await new Promise((resolve) => setImmediate(resolve))
    }
  },

  async 'counts what was before it began as changed'({ channel }) {
    await using hearing = listenTo(channel)
    await hearing.catchUp()
    expect(hearing.anyChanged()).toBeGreaterThan(0)
  },

  async 'goes on proving itself'({ channel }) {
    await using hearing = listenTo(channel)
    for (let times = 0; times < 20; times += 1) await hearing.catchUp()
    expect(hearing.interrupted).toEqual([])
  },

  async 'tells nothing and proves nothing once it is closed'({ store, channel }) {
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
})
