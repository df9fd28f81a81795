import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { createAppMetrics } from '../src/adapters/metrics/app-metrics.ts'
import { findUnknownMetrics, parseExposition, queriedMetrics } from './support/metric-names.ts'

/** Every metric of the program, each with a series. */
async function expose() {
  const metrics = createAppMetrics()
  const queue = { size: () => 0 }
  const statistics = {
    ...{ hits: 1, misses: 1, coalescedReads: 0, leaseHeld: true, leaseLosses: 0 },
    ...{ invalidations: 0, evictions: 0, entries: 1, bytes: 1_000 },
    propagation: { count: 1, total: 2, max: 2, buckets: [{ upperBound: 5, count: 1 }] },
  }
  metrics.library.watch('sessions', { cacheStatistics: () => statistics })
  metrics.watch({
    connections: () => [{ pool: 'requests', open: 1, idle: 1, waiting: 0 }],
    isReadOnly: () => false,
    queues: {
      ...{
        clicks: queue,
        visits: queue,
        unknown_codes: queue,
        security_events: queue,
        detection: queue,
      },
      ...{ shared_token_uses: queue, token_uses: queue, email_requests: queue },
    },
    pendingEmails: () => 0,
    eventStreams: () => 0,
  })
  metrics.watchProcess({ version: '0.1.0', database: 'sqlite' })
  metrics.observeRequest({ method: 'GET', route: '/', status: 200, milliseconds: 1 })
  metrics.observeStatement?.({ kind: 'select', hasFailed: false, milliseconds: 1 })
  await metrics.queueObserver.measured('clicks', async () => {})([])
  const store = metrics.library.measureStore('sessions', { find: async () => null })
  await store.find()
  return parseExposition((await metrics.read()).text)
}

it('docs/metrics.md lists every metric of the app and the library, and no other', async () => {
  const exposed = await expose()
  const page = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8')
  const own = (name: string) => /^(coatcheck|mjrwtf)_/.test(name)
  const rows = page.split('\n').filter((line) => line.startsWith('| `'))
  const documented = rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  )
  const listed = [...documented, 'mjrwtf_info']
  expect(listed.toSorted()).toEqual([...exposed.keys()].filter(own).toSorted())
  const mentioned = [...page.matchAll(/`((?:process|nodejs)_[a-z0-9_]+)`/g)]
  const unknown = mentioned.map(([, name = '']) => name).filter((name) => !exposed.has(name))
  expect(unknown).toEqual([])
})

it('the dashboard and the alerts use only metrics and labels that exist', async () => {
  expect(queriedMetrics().length).toBeGreaterThan(60)
  expect(findUnknownMetrics(await expose())).toEqual([])
})

it('every metric states its unit: seconds, bytes, a total, or a number of things', async () => {
  const text = [...(await expose()).keys()].filter((name) => /^(coatcheck|mjrwtf)_/.test(name))
  const units =
    /_(seconds|bytes|total|info|active|held|entries|depth|pending|streams|connections|only)$/
  expect(text.filter((name) => !units.test(name))).toEqual([])
})
