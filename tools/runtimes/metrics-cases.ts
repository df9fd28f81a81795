import assert from 'node:assert/strict'
import { subscribe } from 'node:diagnostics_channel'
import { createSessions } from 'coatcheck'
import { createMemorySessionStore } from 'coatcheck/memory'
import { createMetrics, type RegisteredMetric } from 'coatcheck/metrics'

/** Metrics in a registry without a package, and the channels of events and spans. */
const cases = {
  async 'counts a sign-in and measures the store'() {
    const registered: RegisteredMetric[] = []
    const metrics = createMetrics({ registerMetric: (metric) => void registered.push(metric) })
    const store = metrics.measureStore('sessions', createMemorySessionStore())
    const sessions = createSessions({ store, data: { initial: {} }, events: [metrics.countEvent] })
    metrics.watch('sessions', sessions)
    await sessions.signIn({ userId: 'ada' })
    const families = await Promise.all(registered.map((metric) => metric.get()))
    const totalOf = (name: string) => {
      const samples = families.flatMap(({ values, ...family }) =>
        values.map((sample) => ({ ...sample, name: sample.metricName ?? family.name })),
      )
      return samples.filter((each) => each.name === name).reduce((sum, each) => sum + each.value, 0)
    }
    assert.equal(totalOf('coatcheck_sessions_created_total'), 1)
    assert.ok(totalOf('coatcheck_store_operation_duration_seconds_count') > 0)
  },

  async 'publishes events and spans on the channels'() {
    const messages: string[] = []
    subscribe('coatcheck:event', () => messages.push('event'))
    subscribe('tracing:coatcheck.verify:asyncEnd', () => messages.push('verification'))
    const sessions = createSessions({ store: createMemorySessionStore(), data: { initial: {} } })
    const signedIn = await sessions.signIn({ userId: 'ada' })
    assert.equal(signedIn.status, 'signed-in')
    await sessions.verify('not a token')
    assert.deepEqual(messages.slice(-2).toSorted(), ['event', 'verification'])
  },
}

export const metricsCases = Object.entries(cases).map(([name, run]) => ({ name, run }))
