import { isSessionError, isStoreFailure } from '../../domain/errors.ts'
import { createGrants } from '../../grants/create-grants.ts'
import type { GrantStore } from '../../ports/grant-store.ts'
import type { RevocationChannel } from '../../ports/revocation-channel.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import { type Clock, systemClock } from '../../ports/system.ts'
import { createSessions } from '../../sessions/create-sessions.ts'
import { performGrant } from '../grant-model/perform.ts'
import { perform } from '../model/perform.ts'
import type { FromWorker, Parameters, ToWorker, Work, WorkFailure } from './messages.ts'
import { performUse } from './perform-use.ts'
import type { Address } from './proxy.ts'
import { emptyRegisters } from './use.ts'

/** The stores of a worker process. */
export interface WorkerStores {
  readonly sessions: SessionStore
  readonly grants: GrantStore
  /** For the verification cache. `null` verifies without a cache. */
  readonly channel: RevocationChannel | null
}

/** Opens the stores on the database at this address, which leads through a proxy. */
export type OpenWorkerStores = (
  database: Address,
  parameters: Parameters,
) => WorkerStores | Promise<WorkerStores>

/** How long a worker may serve a session from its cache without a heartbeat, in ms. */
export const workerLease = 500

/**
 * Runs a worker process, which `checkStoresUnderFaults` and `checkSessionsUnderFaults` start with `fork`: performs the
 * operations that they send, until the process is killed. Throws in a process without an IPC channel.
 */
export function runChaosWorker(open: OpenWorkerStores): void {
  if (process.send === undefined) throw new Error('Start this file with fork()')
  const worker: { offset: number; perform: ((work: Work) => Promise<unknown>) | null } = {
    offset: 0,
    perform: null,
  }
  const clock: Clock = { now: () => systemClock.now() + worker.offset }

  process.on('disconnect', () => process.exit())
  process.on('message', async (message: ToWorker) => {
    switch (message.type) {
      case 'clock':
        worker.offset = message.offset
        return
      case 'open':
        worker.perform = createPerform(await open(message.database, message.parameters), clock)
        return send({ type: 'ready' })
      case 'work':
        return send(await answer(worker.perform, message))
    }
  })
}

function send(message: FromWorker): void {
  process.send?.(message)
}

async function answer(
  performWork: ((work: Work) => Promise<unknown>) | null,
  { number, work }: Extract<ToWorker, { readonly type: 'work' }>,
): Promise<FromWorker> {
  try {
    if (performWork === null) throw new Error('The worker has no stores yet')
    // The types of `Works` connect the kind of work and its answer.
    const result = (await performWork(work)) as Extract<FromWorker, { type: 'answer' }>['answer']
    return { type: 'answer', number, answer: result }
  } catch (error) {
    return { type: 'failure', number, failure: toFailure(error) }
  }
}

function toFailure(error: unknown): WorkFailure {
  const message = isSessionError(error) ? `${error.code}: ${error.message}` : String(error)
  return { isStoreFailure: isStoreFailure(error), message }
}

/** Creates sessions and grants that share the channel, as an application does. */
function createPerform(
  { sessions: store, grants: grantStore, channel }: WorkerStores,
  clock: Clock,
) {
  const cache = channel === null ? {} : { cache: { channel, leaseDuration: workerLease } }
  const sessions = createSessions({
    ...cache,
    store,
    data: { initial: emptyRegisters },
    clock,
    maxSessionsPerUser: 1_000,
    unknownTokens: 'unlimited',
  })
  const grants = createGrants(grantStore, {
    ...cache,
    clock,
    maxGrantsPerClient: 1_000,
    refreshGrace: '1m',
  })
  return (work: Work): Promise<unknown> => {
    switch (work.kind) {
      case 'session-store':
        return perform(store, work.operation)
      case 'grant-store':
        return performGrant(grantStore, work.operation)
      case 'use':
        return performUse({ sessions, grants, clock }, work.operation)
    }
  }
}
