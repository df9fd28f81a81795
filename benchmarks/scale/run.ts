import type { Instant } from 'coatcheck'
import { describeMachine } from '../harness/machine.ts'
import type { Machine } from '../report/results.ts'
import type { Engine } from './engine.ts'
import { log, measureSize, type SizeResult } from './measure.ts'
import { type EngineName, type RunOptions, smallSize } from './options.ts'
import { openPostgres, type PostgresEngine } from './postgres/engine.ts'
import { type HeartbeatFigures, measureHeartbeats } from './postgres/heartbeats.ts'
import { measureRevocations, type RevocationFigures } from './postgres/revocations.ts'
import { openSqlite } from './sqlite/engine.ts'

export interface EngineResult {
  readonly engine: EngineName
  readonly settings: Readonly<Record<string, string>>
  readonly sizes: readonly SizeResult[]
  readonly notifications: NotificationResult | null
}

/** The cost of notifications at one size. PostgreSQL only. */
export interface NotificationResult {
  readonly size: number
  readonly revocations: readonly RevocationFigures[]
  readonly heartbeats: readonly HeartbeatFigures[]
}

export interface RunResult {
  readonly machine: Omit<Machine, 'postgres'>
  readonly startedAt: string
  readonly minutes: number
  readonly engines: readonly EngineResult[]
}

/** Sessions in the table whose revocations are measured with and without notifications. */
const notificationSize = 1_000_000

export async function run(options: RunOptions): Promise<RunResult> {
  // First, because it reads the load average.
  const { postgres: _version, ...machine } = describeMachine('')
  const now = Date.now()
  const engines: EngineResult[] = []
  for (const engine of options.engines) {
    engines.push(
      await (engine === 'postgres' ? runPostgres(options, now) : runSqlite(options, now)),
    )
  }
  return {
    machine,
    startedAt: new Date(now).toISOString(),
    minutes: (Date.now() - now) / 60_000,
    engines,
  }
}

async function runSqlite(options: RunOptions, now: Instant): Promise<EngineResult> {
  await using engine = openSqlite()
  const settings = await engine.settings()
  const sizes: SizeResult[] = []
  for (const size of options.sizes) sizes.push(await measureOne(engine, size, { options, now }))
  return { engine: engine.name, settings, sizes, notifications: null }
}

async function runPostgres(options: RunOptions, now: Instant): Promise<EngineResult> {
  await using engine = await openPostgres()
  const settings = await engine.settings()
  const sizes: SizeResult[] = []
  let notifications: NotificationResult | null = null
  for (const size of options.sizes) {
    sizes.push(await measureOne(engine, size, { options, now }))
    if (size !== notificationSizeOf(options)) continue
    // Filled again, because the sweep removed sessions to revoke.
    await engine.main.fill(size, now)
    notifications = await measureNotifications(engine, size)
  }
  return { engine: engine.name, settings, sizes, notifications }
}

async function measureNotifications(
  engine: PostgresEngine,
  size: number,
): Promise<NotificationResult> {
  log(engine, size, 'revocations with and without notifications')
  const revocations = await measureRevocations(engine)
  log(engine, size, 'heartbeats')
  return { size, revocations, heartbeats: await measureHeartbeats(engine) }
}

/** A million, or the highest size below that. */
function notificationSizeOf({ sizes }: RunOptions): number | undefined {
  return sizes.findLast((size) => size <= notificationSize && size > smallSize)
}

function measureOne(
  engine: Engine,
  size: number,
  { options, now }: { readonly options: RunOptions; readonly now: Instant },
): Promise<SizeResult> {
  return measureSize(engine, { size, now, isMaxSize: size === options.sizes.at(-1) })
}
