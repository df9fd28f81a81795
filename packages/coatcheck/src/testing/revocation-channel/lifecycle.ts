import { expect } from 'vitest'
import { aSessionRecord } from '../builders.ts'
import { anEnding, insertAll } from '../fixtures.ts'
import { revocationChannelCases } from './case.ts'
import { subscribeRecorder } from './recording-listener.ts'

export const channelLifecycleCases = revocationChannelCases({
  async 'is never fresh as of a future instant'({ channel }) {
    await using recorder = subscribeRecorder(channel)
    await recorder.catchUp()

    for (let times = 0; times < 50; times += 1) {
      recorder.subscription.requestHeartbeat()
      const freshAsOf = recorder.subscription.freshAsOf()
      expect(freshAsOf).toBeLessThanOrEqual(recorder.clock.now())
      await new Promise((resolve) => setImmediate(resolve))
    }
  },

  async 'resets when a subscription starts'({ channel }) {
    await using recorder = subscribeRecorder(channel)
    await recorder.catchUp()
    expect(recorder.resetCount()).toBeGreaterThan(0)
  },

  async 'stays fresh under repeated heartbeat requests'({ channel }) {
    await using recorder = subscribeRecorder(channel)
    for (let times = 0; times < 20; times += 1) await recorder.catchUp()
    expect(recorder.failures).toEqual([])
  },

  async 'sends no notification and is not fresh after it is closed'({ store, channel }) {
    const record = aSessionRecord()
    await insertAll(store, [record])
    const closed = subscribeRecorder(channel)
    await using open = subscribeRecorder(channel)
    await Promise.all([closed.catchUp(), open.catchUp()])
    closed.clear()

    await closed.subscription.close()
    await store.end(record.id, anEnding())
    await open.catchUp()
    closed.subscription.requestHeartbeat()

    expect(closed.subscription.freshAsOf()).toBe(Number.NEGATIVE_INFINITY)
    expect(closed.hasReceived(record.id)).toBe(false)
  },
})
