import type { Milliseconds } from '../../domain/time.ts'
import { type MonotonicClock, systemMonotonicClock } from '../../ports/system.ts'
import type { PlannedFault, WorkerFault } from './fault.ts'
import type { Work } from './messages.ts'
import type { Outcome, WorkerProcess } from './worker-process.ts'

/** A fault of the database server, for which the test knows the commands. */
export interface DatabaseFault {
  /** Starts the fault. Called while operations are in flight. */
  begin(): Promise<void>
  /** Ends it: afterwards the database works. */
  end(): Promise<void>
}

/** Worker processes and the faults of their database. */
export interface Cluster {
  readonly workers: readonly WorkerProcess[]
  readonly databaseFaults: Readonly<Record<string, DatabaseFault>>
}

/** An operation that ran under faults. Instants are those of this process's monotonic clock. */
export interface Recorded<Operation = Work> {
  readonly operation: Operation
  readonly startedAt: Milliseconds
  readonly endedAt: Milliseconds
  readonly outcome: Outcome
  /** Whether the clock of its worker was right all the time. */
  readonly hadRightClock: boolean
}

/** What one of several concurrent clients does next, and for which worker. `null` if there is nothing left. */
export type NextStep = () => { readonly worker: number; readonly work: Work } | null

/** What to run. */
export interface Load {
  readonly clients: number
  readonly next: NextStep
  /** Called with each operation as soon as its outcome is known. */
  readonly onRecorded: (recorded: Recorded) => void
  readonly faults: readonly PlannedFault[]
}

const clock: MonotonicClock = systemMonotonicClock

/** Runs operations by concurrent clients while the planned faults happen. Returns when all faults have ended. */
export async function runUnderFaults(cluster: Cluster, load: Load): Promise<void> {
  const faults: Promise<void>[] = []
  let started = 0

  async function runClient(): Promise<void> {
    for (let step = load.next(); step !== null; step = load.next()) {
      const index = started
      started += 1
      faults.push(
        ...load.faults.filter(({ at }) => at === index).map((each) => applyFault(cluster, each)),
      )
      load.onRecorded(await runOne(cluster, step))
    }
  }

  await Promise.all(Array.from({ length: load.clients }, runClient))
  await Promise.all(faults)
  for (const worker of cluster.workers) {
    worker.resume()
    worker.proxy.restore()
    if (worker.clock().offset !== 0) worker.setClock(0)
  }
}

async function runOne(
  { workers }: Cluster,
  { worker, work }: { readonly worker: number; readonly work: Work },
): Promise<Recorded> {
  const target = workers[worker % workers.length]
  if (target === undefined) throw new Error('There are no workers')
  await target.start()
  const before = target.clock()
  const startedAt = clock.now()
  const outcome = await target.perform(work)
  const endedAt = clock.now()
  const hadRightClock = before.offset === 0 && before.changes === target.clock().changes
  return { operation: work, startedAt, endedAt, outcome, hadRightClock }
}

async function applyFault(cluster: Cluster, fault: PlannedFault): Promise<void> {
  if (fault.type === 'database') {
    const database = cluster.databaseFaults[fault.name]
    await database?.begin()
    await wait(fault.length)
    await database?.end()
    return
  }
  const worker = cluster.workers[fault.worker]
  if (worker === undefined) return
  beginFault(worker, fault)
  await wait(fault.length)
  await endFault(worker, fault)
}

const begin: {
  [Type in WorkerFault['type']]: (worker: WorkerProcess, fault: FaultOf<Type>) => void
} = {
  kill: (worker) => worker.kill(),
  pause: (worker) => worker.pause(),
  cut: ({ proxy }) => proxy.cut(),
  freeze: ({ proxy }) => proxy.freeze(),
  'lose-answers': ({ proxy }) => proxy.loseAnswers(),
  slow: ({ proxy }, { delay }) => proxy.slow(delay),
  'clock-jump': (worker, { offset }) => worker.setClock(offset),
}

type FaultOf<Type extends WorkerFault['type']> = Extract<WorkerFault, { readonly type: Type }>

/** Calls the function of the fault's own type. */
function beginFault<Type extends WorkerFault['type']>(
  worker: WorkerProcess,
  fault: FaultOf<Type> & { readonly type: Type },
): void {
  begin[fault.type](worker, fault)
}

async function endFault(worker: WorkerProcess, { type }: WorkerFault): Promise<void> {
  if (type === 'kill') await worker.start()
  else if (type === 'pause') worker.resume()
  else if (type === 'clock-jump') worker.setClock(0)
  else worker.proxy.restore()
}

function wait(duration: Milliseconds): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, duration))
}
