import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { metrics, trace } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { createSessions } from 'coatcheck'
import { createMemorySessionStore } from 'coatcheck/memory'
import { expect, it } from 'vitest'

const root = new URL('../../../', import.meta.url).pathname

/** Runs the code of the guide. */
async function observeCoatcheck(): Promise<void> {
  const page = readFileSync(join(root, 'docs/guides/telemetry.md'), 'utf8')
  const [, code = ''] = /```ts\n([\s\S]*?)```/.exec(page) ?? []
  const folder = join(root, 'node_modules/.cache/telemetry-guide')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'guide.ts')
  writeFileSync(file, code)
  const guide: { observeCoatcheck(): void } = await import(/* @vite-ignore */ file)
  guide.observeCoatcheck()
}

function openSessions(store = createMemorySessionStore()) {
  return createSessions({ store, data: { initial: {} } })
}

it('the example of the guide turns spans and events into those of OpenTelemetry', async () => {
  const spanExporter = new InMemorySpanExporter()
  const tracerProvider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(spanExporter)],
  })
  trace.setGlobalTracerProvider(tracerProvider)
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({
    exporter: metricExporter,
    exportIntervalMillis: 3_600_000,
  })
  const meterProvider = new MeterProvider({ readers: [reader] })
  metrics.setGlobalMeterProvider(meterProvider)
  await observeCoatcheck()

  const sessions = openSessions()
  const signedIn = await sessions.signIn({ userId: 'ada' })
  if (signedIn.status !== 'signed-in') throw new Error(signedIn.status)
  await sessions.verify(signedIn.token)
  await sessions.verify('not a token')

  const spans = spanExporter
    .getFinishedSpans()
    .map(({ name, attributes }) => ({ name, attributes }))
  const verified = (status: string) => ({ name: 'coatcheck.verify', attributes: { status } })
  expect(spans).toContainEqual(verified('active'))
  expect(spans).toContainEqual(verified('none'))
  const found = { store: 'sessions', operation: 'find' }
  expect(spans).toContainEqual({ name: 'coatcheck.store', attributes: found })
  expect(JSON.stringify(spans)).not.toContain(signedIn.session.id)

  await reader.forceFlush()
  const exported = metricExporter
    .getMetrics()
    .at(-1)
    ?.scopeMetrics.flatMap((each) => each.metrics)
  const types = exported?.[0]?.dataPoints.map(({ attributes }) => attributes.type)
  expect(types).toEqual(['session-created', 'token-rejected'])
  await Promise.all([tracerProvider.shutdown(), meterProvider.shutdown()])
})

it('publishes the error of a failing store, and the caller still receives it', async () => {
  const messages: unknown[] = []
  const record = (message: unknown) => void messages.push(message)
  subscribe('tracing:coatcheck.store:error', record)
  const store = createMemorySessionStore()
  const failure = new Error('no connection')
  const sessions = openSessions({ ...store, listByUser: () => Promise.reject(failure) })
  await expect(sessions.listForUser('ada')).rejects.toBe(failure)
  unsubscribe('tracing:coatcheck.store:error', record)
  expect(messages).toEqual([{ store: 'sessions', operation: 'listByUser', error: failure }])
})
