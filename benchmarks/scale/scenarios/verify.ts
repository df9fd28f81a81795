import { type Client, createSessions, type SessionStore, type Sessions } from 'coatcheck'
import type { SessionDatabase } from '../engine.ts'
import type { Workload } from '../round.ts'
import { clientOf, isDue, tokenOf } from '../rows.ts'
import type { Scenario } from './scenario.ts'

interface VerifyOptions {
  readonly rounds: number
  readonly operations: number
  readonly inFlight: number
  /** Whether activity is written and counted; otherwise it is excluded from the measurement. */
  readonly activity?: boolean
  /** Number of sessions that requests use. Default: the whole table, which is the worst case. */
  readonly hotSessions?: number
  /** Whether the engine may memory-map the file, if it can. */
  readonly mapped?: boolean
}

/** Verification of random sessions. */
export function verifying(options: VerifyOptions): Scenario {
  const { rounds, operations, inFlight, activity = false, mapped = false } = options
  return {
    rounds,
    prepare(database, size) {
      database.mapFile?.(mapped)
      const sessions = openSessions(activity ? database.store : withoutTouch(database.store))
      const pick = pickFrom(size, options.hotSessions ?? size)
      return {
        next: () => ({
          ...verifications(sessions, { requests: randomRequests(pick, operations), inFlight }),
          flush: () => sessions.flushActivity(),
        }),
        async close() {
          await sessions.close()
          database.mapFile?.(false)
        },
      }
    },
  }
}

export function openSessions(store: SessionStore): Sessions<unknown> {
  return createSessions<unknown>({ store, data: { initial: {} } })
}

export function verifications(
  sessions: Sessions<unknown>,
  { requests, inFlight }: { requests: readonly VerifyRequest[]; inFlight: number },
): Workload {
  return {
    operations: requests.length,
    inFlight,
    async run(index) {
      const { token, client } = requests[index] ?? requestOf(0)
      const { status } = await sessions.verify(token, client)
      if (status !== 'active') throw new Error(`A session of the table is ${status}`)
    },
  }
}

/** Fails unless random tokens of the table are accepted and another one is rejected. */
export async function checkFill(database: SessionDatabase, size: number): Promise<void> {
  const sessions = openSessions(withoutTouch(database.store))
  const requests = randomRequests(() => randomRow(size), 200)
  const { operations, run } = verifications(sessions, { requests, inFlight: 1 })
  for (let index = 0; index < operations; index++) await run(index)
  const { status } = await sessions.verify(tokenOf(size))
  if (status !== 'none') throw new Error(`An unknown session is ${status}`)
  await sessions.close()
}

export interface VerifyRequest {
  readonly token: string
  readonly client: Client
}

/** Tokens and clients are created beforehand, because a server receives them. */
export function randomRequests(pick: () => number, count: number): readonly VerifyRequest[] {
  return Array.from({ length: count }, () => requestOf(pick()))
}

function requestOf(n: number): VerifyRequest {
  return { token: tokenOf(n), client: clientOf(n) }
}

/** Picks from all rows, or from a few that are scattered over the table. */
export function pickFrom(size: number, hotSessions: number): () => number {
  if (hotSessions >= size) return () => randomRow(size)
  const hot = Array.from({ length: hotSessions }, () => randomRow(size))
  return () => hot[Math.floor(Math.random() * hotSessions)] ?? 0
}

/** Excludes sessions that the sweep must end: activity would keep them active. */
export function randomRow(size: number): number {
  const n = Math.floor(Math.random() * size)
  return isDue(n) ? n - 1 : n
}

/** The store without activity writes. */
export function withoutTouch(store: SessionStore): SessionStore {
  return { ...store, touch: (_activities, precision) => store.touch([], precision) }
}
