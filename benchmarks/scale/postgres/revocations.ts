import { createSessions, type SessionId } from 'coatcheck'
import { createPostgresSessionStore } from 'coatcheck/postgres'
import { Client, Pool } from 'pg'
import { type Figures, summarize } from '../figures.ts'
import { type Round, runRound } from '../round.ts'
import { idOf } from '../rows.ts'
import type { PostgresEngine } from './engine.ts'

/** One way to revoke. */
export interface RevocationCase {
  readonly connections: number
  /** Whether the triggers send notifications. */
  readonly notify: boolean
  /** Connections that listen. */
  readonly listeners: number
  /** Additional microseconds per flush of the log, as on a slower disk. */
  readonly flushDelay: number
}

export interface RevocationFigures extends RevocationCase, Figures {}

const rounds = 3
/** Revocations per round: fewer where each is slow. */
const operationsOf = ({ flushDelay }: RevocationCase): number => (flushDelay === 0 ? 2_000 : 1_000)
const listeners = 16
const slowFlush = 2_000

const cases: readonly RevocationCase[] = [1, 16, 64].flatMap((connections) => [
  ...casesFor(connections, 0),
  ...(connections === 1 ? [] : casesFor(connections, slowFlush)),
])

function casesFor(connections: number, flushDelay: number): readonly RevocationCase[] {
  return [
    { connections, flushDelay, notify: false, listeners: 0 },
    { connections, flushDelay, notify: true, listeners: 0 },
    { connections, flushDelay, notify: true, listeners },
  ]
}

/** The cost of notifications: single revocations on many connections, with and without, in turns. */
export async function measureRevocations(
  engine: PostgresEngine,
): Promise<readonly RevocationFigures[]> {
  const roundsByCase = cases.map((): Round[] => [])
  let first = 0
  for (let round = 0; round < rounds; round++) {
    for (const [index, each] of cases.entries()) {
      roundsByCase[index]?.push(await runCase(engine, each, first))
      first += operationsOf(each)
    }
  }
  await setTriggers(engine.main.pool, true)
  return cases.map((each, index) => ({ ...each, ...summarize(roundsByCase[index] ?? []) }))
}

async function runCase(
  { main, meter }: PostgresEngine,
  revocationCase: RevocationCase,
  first: number,
): Promise<Round> {
  const { connections, notify, listeners, flushDelay } = revocationCase
  await setTriggers(main.pool, notify)
  await using opened = new AsyncDisposableStack()
  const pool = opened.adopt(openPool(main.url, connections, flushDelay), (each) => each.end())
  await Promise.all(Array.from({ length: connections }, () => pool.query('SELECT pg_sleep(0.05)')))
  for (let count = 0; count < listeners; count++) {
    opened.adopt(await openListener(main.url), (each) => each.end())
  }
  const sessions = createSessions({
    store: createPostgresSessionStore(pool),
    data: { initial: {} },
  })
  return await runRound(meter, {
    operations: operationsOf(revocationCase),
    inFlight: connections,
    async run(index) {
      const id = idOf(first + index) as SessionId
      const ended = await sessions.revokeSessionOfAnyUser(id, { reason: 'signed-out' })
      if (ended === null) throw new Error('A session of the table has already ended')
    },
  })
}

function openPool(url: string, connections: number, flushDelay: number): Pool {
  // A delay before the flush has the same effect as a slower flush.
  const options = `-c commit_delay=${flushDelay} -c commit_siblings=0`
  return new Pool({ connectionString: url, max: connections, options })
}

async function openListener(url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query(`SELECT 'sessions'::regclass::oid AS id`)
  await client.query(`LISTEN coatcheck_sessions_${rows[0].id}`)
  return client
}

async function setTriggers(pool: Pool, enabled: boolean): Promise<void> {
  await pool.query(`ALTER TABLE sessions ${enabled ? 'ENABLE' : 'DISABLE'} TRIGGER USER`)
}
