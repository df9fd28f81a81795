import { Registry } from '@prometheus-io/client'
import { describe, expect, it, vi } from 'vitest'
import { hour } from '../domain/time.ts'
import { createMetrics, type MetricFamily, type RegisteredMetric } from '../metrics.ts'
import { createSessions } from '../sessions/create-sessions.ts'
import { createMemorySessionStore } from '../stores/memory/session-store.ts'
import { anInstant, aSessionId } from '../testing/builders.ts'
import { createFakeClock } from '../testing/fake-clock.ts'
import type { CountedEvent } from './event-metrics.ts'

const client = { ipAddress: '192.0.2.7', userAgent: 'a browser' }

function open() {
  const registry = new Registry()
  const monotonicClock = createFakeClock()
  const metrics = createMetrics(registry, { monotonicClock })
  const memory = createMemorySessionStore()
  const store = metrics.measureStore('sessions', memory)
  const sessions = createSessions({
    store,
    data: { initial: {} },
    cache: { channel: memory.revocations, monotonicClock },
    events: [metrics.countEvent],
    clock: createFakeClock(),
  })
  metrics.watch('sessions', sessions)
  return { registry, metrics, sessions, memory, monotonicClock }
}

/** The lines of an exposition that are no comment. */
async function linesOf(registry: Pick<Registry, 'metrics'>): Promise<readonly string[]> {
  const text = await registry.metrics()
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

function csrfRefusal(reason: 'cross-site' | 'token-missing'): CountedEvent {
  return {
    type: 'csrf-refused',
    at: anInstant,
    reason,
    method: 'POST',
    path: '/settings',
    sessionId: null,
    ...client,
  }
}

/** As classes of drivers are: private fields, and no method without its object. */
class CountingStore {
  #operations = 0
  async find() {
    this.#operations += 1
    return this.#operations
  }
  within() {
    return this.#operations
  }
}

describe('measureStore', () => {
  const measure = () => createMetrics(new Registry()).measureStore

  it('measures a store whose methods need private fields', async () => {
    const store = measure()('sessions', new CountingStore())
    expect(await store.find()).toBe(1)
    expect(store.within()).toBe(1)
  })

  it('measures a frozen store', async () => {
    const store = measure()('sessions', Object.freeze({ find: async () => 1 }))
    expect(await store.find()).toBe(1)
  })

  it('keeps optional methods missing, and calls a method that is replaced later', async () => {
    const original: { find(): Promise<number>; within?(): number } = { find: async () => 1 }
    const store = measure()('grants', original)
    expect(await store.find()).toBe(1)
    original.find = async () => 2
    expect(await store.find()).toBe(2)
    expect(store.within).toBeUndefined()
    expect('within' in store).toBe(false)
  })

  it('does not report a failed operation as an unhandled rejection', async () => {
    const failure = new Error('no connection')
    const store = measure()('grants', { find: () => Promise.reject(failure) })
    await expect(store.find()).rejects.toBe(failure)
  })
})

describe('createMetrics', () => {
  it('counts sessions that are created, revoked and expired, and rejected tokens', async () => {
    const { registry, sessions, metrics } = open()
    const signedIn = await sessions.signIn({ userId: 'ada', client })
    if (signedIn.status !== 'signed-in') throw new Error(signedIn.status)
    await sessions.verify('not a token', client)
    await sessions.revoke('ada', signedIn.session.id, { reason: 'signed-out', by: 'ada' })
    const { id: sessionId, userId } = signedIn.session
    const session = { sessionId, userId, createdAt: anInstant - 2 * hour }
    metrics.countEvent({
      type: 'session-expired',
      at: anInstant,
      reason: 'idle-timeout',
      ...session,
    })

    const lines = await linesOf(registry)
    expect(lines).toContain('coatcheck_sessions_created_total{assurance_level="1"} 1')
    expect(lines).toContain('coatcheck_sessions_revoked_total{reason="signed-out"} 1')
    expect(lines).toContain('coatcheck_sessions_expired_total{timeout="idle-timeout"} 1')
    expect(lines).toContain('coatcheck_sessions_expired_total{timeout="absolute-timeout"} 0')
    expect(lines).toContain(
      'coatcheck_authentication_failures_total{step="token",reason="malformed"} 1',
    )
    expect(lines).toContain('coatcheck_events_total{type="session-revoked"} 1')
    const duration = 'coatcheck_session_duration_seconds'
    expect(lines).toContain(`${duration}_bucket{end="expired",le="3600"} 0`)
    expect(lines).toContain(`${duration}_bucket{end="expired",le="14400"} 1`)
    expect(lines).toContain(`${duration}_sum{end="expired"} 7200`)
    expect(lines).toContain(`${duration}_count{end="revoked"} 1`)
  })

  it('counts refusals of the CSRF guard by reason, from 0', async () => {
    const { registry, metrics } = open()
    const name = 'coatcheck_csrf_refusals_total'
    expect(await linesOf(registry)).toContain(`${name}{reason="token-missing"} 0`)
    metrics.countEvent(csrfRefusal('cross-site'))
    metrics.countEvent(csrfRefusal('cross-site'))
    expect(await linesOf(registry)).toContain(`${name}{reason="cross-site"} 2`)
  })

  it('shows hits, misses, the lease and entries of the cache at each scrape', async () => {
    const { registry, sessions } = open()
    const signedIn = await sessions.signIn({ userId: 'ada', client })
    if (signedIn.status !== 'signed-in') throw new Error(signedIn.status)
    await sessions.verify(signedIn.token, client)
    await sessions.verify(signedIn.token, client)

    const lines = await linesOf(registry)
    const cache = 'cache="sessions"'
    expect(lines).toContain(`coatcheck_cache_verifications_total{${cache},result="hit"} 1`)
    expect(lines).toContain(`coatcheck_cache_verifications_total{${cache},result="miss"} 1`)
    expect(lines).toContain(`coatcheck_cache_lease_held{${cache}} 1`)
    expect(lines).toContain(`coatcheck_cache_entries{${cache}} 1`)
    expect(lines).toContain(`coatcheck_revocation_delay_seconds_bucket{${cache},le="0.001"} 0`)
    await sessions.close()
  })

  it('measures operations of a store in cumulative buckets, with failures', async () => {
    const { registry, metrics, memory, monotonicClock } = open()
    const store = metrics.measureStore('sessions', {
      ...memory,
      async find() {
        monotonicClock.advance(20)
        throw new Error('no connection')
      },
    })
    await expect(store.find()).rejects.toThrow('no connection')

    const lines = await linesOf(registry)
    const name = 'coatcheck_store_operation_duration_seconds'
    const labels = 'store="sessions",operation="find"'
    expect(lines).toContain(`${name}_bucket{${labels},le="0.01"} 0`)
    expect(lines).toContain(`${name}_bucket{${labels},le="0.025"} 1`)
    expect(lines).toContain(`${name}_bucket{${labels},le="+Inf"} 1`)
    expect(lines).toContain(`${name}_count{${labels}} 1`)
    expect(lines).toContain(`${name}_sum{${labels}} 0.02`)
  })

  it('counts reasons of the application beyond 100 series together', async () => {
    const { registry, metrics } = open()
    for (let n = 0; n < 500; n += 1) {
      const session = { sessionId: aSessionId(), userId: 'ada', createdAt: anInstant }
      const reason = `own-${n}`
      metrics.countEvent({ type: 'session-revoked', at: anInstant, by: null, reason, ...session })
    }
    const lines = await linesOf(registry)
    const revoked = lines.filter((line) => line.startsWith('coatcheck_sessions_revoked_total'))
    expect(revoked.length).toBeLessThanOrEqual(101)
    expect(revoked).toContain('coatcheck_sessions_revoked_total{reason="other"} 401')
  })

  it('puts no id, IP address, user agent or path into a name or label', async () => {
    const { registry, sessions, metrics } = open()
    const signedIn = await sessions.signIn({ userId: 'user-4711', client })
    if (signedIn.status !== 'signed-in') throw new Error(signedIn.status)
    await sessions.verify(`${signedIn.token}x`, client)
    metrics.countEvent(csrfRefusal('cross-site'))
    const text = await registry.metrics()
    const secrets = [signedIn.token, signedIn.session.id, 'user-4711', client.ipAddress]
    for (const secret of [...secrets, client.userAgent, '/settings']) {
      expect(text).not.toContain(secret)
    }
  })

  it('exposes counters once with the suffix _total in the OpenMetrics format', async () => {
    const registry = new Registry('application/openmetrics-text; version=1.0.0; charset=utf-8')
    createMetrics(registry)
    for (let scrape = 0; scrape < 2; scrape += 1) {
      const text = await registry.metrics()
      expect(text).toContain('# TYPE coatcheck_csrf_refusals counter')
      expect(text).toContain('coatcheck_csrf_refusals_total{reason="cross-site"} 0')
      expect(text).not.toContain('_total_total')
    }
  })

  it('returns its own copies, so that default labels of a registry do not accumulate', async () => {
    const { registry } = open()
    registry.setDefaultLabels({ instance: 'one' })
    await registry.getMetricsAsJSON()
    registry.setDefaultLabels({})
    const text = await registry.metrics()
    expect(text).not.toContain('instance')
  })

  it('works with a registry of ten lines', async () => {
    const registered: RegisteredMetric[] = []
    const metrics = createMetrics({
      registerMetric(metric) {
        registered.push(metric)
      },
    })
    metrics.countEvent(csrfRefusal('token-missing'))
    const families: readonly MetricFamily[] = await Promise.all(
      registered.map((each) => each.get()),
    )
    const refusals = families.find(({ name }) => name === 'coatcheck_csrf_refusals_total')
    expect(refusals?.values).toContainEqual({ labels: { reason: 'token-missing' }, value: 1 })
  })

  it('counts active sessions in the background, at most once a minute', async () => {
    const { registry, metrics, sessions, monotonicClock } = open()
    const count = vi.fn(sessions.count)
    metrics.watch('sessions', { cacheStatistics: () => null, count })
    const readActive = async () => {
      const lines = await linesOf(registry)
      await Promise.all(count.mock.results.map(({ value }) => value))
      return lines.find((line) => line.startsWith('coatcheck_sessions_active'))
    }
    await sessions.signIn({ userId: 'ada', client })
    await sessions.signIn({ userId: 'grace', client })

    expect(await readActive()).toBeUndefined()
    expect(await readActive()).toBe('coatcheck_sessions_active 2')
    await sessions.revokeAllForUser('ada', { reason: 'password-changed' })
    monotonicClock.advance(59_999)
    await readActive()
    expect(await readActive()).toBe('coatcheck_sessions_active 2')
    expect(count).toHaveBeenCalledTimes(1)
    monotonicClock.advance(1)
    await readActive()
    expect(await readActive()).toBe('coatcheck_sessions_active 1')
    await sessions.close()
  })

  it('shows no number of active sessions after a count that failed', async () => {
    const { registry, metrics, monotonicClock } = open()
    const counts = [async () => 7, () => Promise.reject(new Error('no connection'))]
    const count = () => counts.shift()?.() ?? Promise.resolve(null)
    metrics.watch('sessions', { cacheStatistics: () => null, count })
    const isShown = async () => (await registry.metrics()).includes('coatcheck_sessions_active 7')
    await isShown()
    expect(await isShown()).toBe(true)
    monotonicClock.advance(60_000)
    await isShown()
    expect(await isShown()).toBe(false)
  })

  it('counts for at most one percent of the time', async () => {
    const { registry, metrics, monotonicClock } = open()
    const count = vi.fn(async () => {
      monotonicClock.advance(5_000)
      return 7
    })
    metrics.watch('sessions', { cacheStatistics: () => null, count })
    await registry.metrics()
    monotonicClock.advance(494_999)
    await registry.metrics()
    expect(count).toHaveBeenCalledTimes(1)
    monotonicClock.advance(1)
    await registry.metrics()
    expect(count).toHaveBeenCalledTimes(2)
  })

  it('throws for a registry that has its metrics already, and for anything else', () => {
    const { registry } = open()
    expect(() => createMetrics(registry)).toThrow('already been registered')
    expect(() => createMetrics(Object({}))).toThrow('registry has no method')
    expect(() => createMetrics(new Registry(), Object({ prefix: 'x' }))).toThrow('prefix')
  })
})
