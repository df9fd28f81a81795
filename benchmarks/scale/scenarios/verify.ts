import { type Client, createSessions, type SessionStore, type Sessions } from 'coatcheck'
import type { Site } from '../engine.ts'
import type { Workload } from '../round.ts'
import { clientOf, isDue, tokenOf } from '../rows.ts'
import type { Scenario } from './scenario.ts'

interface VerifyOptions {
  readonly rounds: number
  readonly operations: number
  readonly inFlight: number
  /** Whether activity is written, and counted; otherwise it is left out of the measurement. */
  readonly activity: boolean
}

/** Verification of random sessions of the whole table: there is no hot set, which is the worst case. */
export function verifying({ rounds, operations, inFlight, activity }: VerifyOptions): Scenario {
  return {
    rounds,
    prepare(site, size) {
      const sessions = openSessions(activity ? site.store : withoutTouch(site.store))
      return {
        next: () => ({
          ...verifications(sessions, { size, operations, inFlight }),
          settle: () => sessions.flushActivity(),
        }),
        close: () => sessions.close(),
      }
    },
  }
}

export function openSessions(store: SessionStore): Sessions<unknown> {
  return createSessions<unknown>({ store, data: { initial: {} } })
}

/** Tokens and clients are made beforehand, for a server is handed them too. */
export function verifications(
  sessions: Sessions<unknown>,
  { size, operations, inFlight }: { size: number; operations: number; inFlight: number },
): Workload {
  const requests = randomRequests(size, operations)
  return {
    operations,
    inFlight,
    async act(index) {
      const { token, client } = requests[index] ?? requestOf(0)
      const { status } = await sessions.verify(token, client)
      if (status !== 'active') throw new Error(`A session of the table is ${status}`)
    },
  }
}

/** Fails unless random tokens of the table verify, and one that is not of it does not. */
export async function checkFill(site: Site, size: number): Promise<void> {
  const sessions = openSessions(withoutTouch(site.store))
  const { operations, act } = verifications(sessions, { size, operations: 200, inFlight: 1 })
  for (let index = 0; index < operations; index++) await act(index)
  const { status } = await sessions.verify(tokenOf(size))
  if (status !== 'none') throw new Error(`A session that is not of the table is ${status}`)
  await sessions.close()
}

export interface VerifyRequest {
  readonly token: string
  readonly client: Client
}

export function randomRequests(size: number, count: number): readonly VerifyRequest[] {
  return Array.from({ length: count }, () => requestOf(randomRow(size)))
}

function requestOf(n: number): VerifyRequest {
  return { token: tokenOf(n), client: clientOf(n) }
}

/** None that the sweep is to end: activity would keep it. */
export function randomRow(size: number): number {
  const n = Math.floor(Math.random() * size)
  return isDue(n) ? n - 1 : n
}

export function withoutTouch(store: SessionStore): SessionStore {
  return { ...store, touch: async () => {} }
}
