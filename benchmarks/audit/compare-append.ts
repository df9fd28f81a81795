import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import SqliteConnection from 'better-sqlite3'
import { createChainSigner } from '../../apps/mjrwtf/src/adapters/crypto/chain-keys.ts'
import {
  migrateToNewest,
  openPersistence,
} from '../../apps/mjrwtf/src/adapters/persistence/open-persistence.ts'
import type { SecurityEvent } from '../../apps/mjrwtf/src/domain/security-event.ts'

/**
 * Compares the write of security events with and without their hash chain on SQLite, in processor time and wall time of
 * alternating batches, each written to disk (synchronous = FULL): `node benchmarks/audit/compare-append.ts [BATCH] [ROUNDS]`.
 */
const batchSize = Number(process.argv[2] ?? 100)
const rounds = Number(process.argv[3] ?? 200)
const context = {
  keys: createChainSigner(['the-secret-key-of-a-benchmark-0']),
  now: Date.UTC(2030, 0, 1),
}
const agent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36'

function batchOf(round: number): readonly SecurityEvent[] {
  return Array.from({ length: batchSize }, (_, index) => ({
    ...{
      id: `${round * batchSize + index}`.padStart(22, '0'),
      userId: 'ann',
      at: context.now + index,
    },
    ...{ kind: 'sign-in-failed', outcome: 'failure', sessionId: `${index}`.padStart(22, 's') },
    ...{ ipAddress: '192.0.2.7', userAgent: agent, detail: null },
  }))
}

/** What the release before the chain ran for a batch. */
const plainInsert = `
  INSERT INTO security_events (
    id, user_id, at, kind, outcome, session_id, ip_address, user_agent, detail
  )
  SELECT input.id, input.user_id, input.at, input.kind, input.outcome, input.session_id,
    input.ip_address, input.user_agent, input.detail
  FROM (
    SELECT value ->> 'id' AS id, value ->> 'userId' AS user_id, value ->> 'at' AS at,
      value ->> 'kind' AS kind, value ->> 'outcome' AS outcome,
      value ->> 'sessionId' AS session_id, value ->> 'ipAddress' AS ip_address,
      value ->> 'userAgent' AS user_agent, value ->> 'detail' AS detail
    FROM json_each(?)
  ) AS input JOIN users ON users.id = input.user_id
  WHERE NOT EXISTS (SELECT 1 FROM security_events AS known WHERE known.id = input.id)
  ON CONFLICT DO NOTHING`

async function open(file: string) {
  await migrateToNewest({ kind: 'sqlite', file })
  const persistence = await openPersistence({ kind: 'sqlite', file })
  const user = {
    ...{ id: 'ann', email: 'ann@users.test', createdAt: context.now, isOperator: false },
    ...{ hasPassword: true, passwordVersion: 0, passwordResets: 0, secondFactors: 0 },
    ...{ passwordChangedBySession: null, passwordChangedAt: null },
  }
  await persistence.users.add({ user, passwordHash: 'hash' })
  return persistence
}

interface Cost {
  /** Microseconds of processor time. */
  processor: number
  /** Microseconds. */
  wall: number
}

async function measure(work: () => Promise<unknown> | unknown): Promise<Cost> {
  const [before, start] = [process.cpuUsage(), performance.now()]
  await work()
  const { user, system } = process.cpuUsage(before)
  return { processor: user + system, wall: (performance.now() - start) * 1_000 }
}

function add(total: Cost, { processor, wall }: Cost): void {
  total.processor += processor
  total.wall += wall
}

async function compare(folder: string): Promise<void> {
  const [plainFile, chainFile] = [join(folder, 'plain.db'), join(folder, 'chain.db')]
  await (await open(plainFile)).close()
  const persistence = await open(chainFile)
  const connection = new SqliteConnection(plainFile)
  // As before the migration.
  connection.exec('DROP INDEX security_events_chain')
  connection.pragma('synchronous = FULL')
  const statement = connection.prepare(plainInsert)
  const total = { plain: { processor: 0, wall: 0 }, chain: { processor: 0, wall: 0 } }
  for (let round = 0; round < rounds; round += 1) {
    const batch = batchOf(round)
    const plain = await measure(() => statement.run(JSON.stringify(batch)))
    const chain = await measure(() => persistence.securityEvents.add(batch, context))
    // The first rounds compile the code.
    if (round >= rounds / 10) {
      add(total.plain, plain)
      add(total.chain, chain)
    }
  }
  const perEvent = (time: number) => (time / (rounds * 0.9) / batchSize).toFixed(1)
  for (const kind of ['processor', 'wall'] as const) {
    const [plain, chain] = [total.plain[kind], total.chain[kind]]
    const ratio = ((chain / plain - 1) * 100).toFixed(0)
    console.log(
      `batches of ${batchSize}, ${kind} time: ${perEvent(plain)} µs per event without, ${perEvent(chain)} µs with the chain (+${ratio} %)`,
    )
  }
  connection.close()
  await persistence.close()
}

const folder = mkdtempSync(join(tmpdir(), 'mjrwtf-audit-'))
try {
  await compare(folder)
} finally {
  rmSync(folder, { recursive: true })
}
