import fc from 'fast-check'
import type { Milliseconds } from '../../domain/time.ts'
import { hour, second } from '../../domain/time.ts'

/** What happens to one worker process, or to its connections to the database. */
export type WorkerFault =
  /** SIGKILL. The process starts again after the length of the fault. */
  | { readonly type: 'kill' }
  /** SIGSTOP, then SIGCONT. */
  | { readonly type: 'pause' }
  /** All connections are reset, and new ones are refused. */
  | { readonly type: 'cut' }
  /** Nothing arrives in either direction. Afterwards everything arrives, late, like after lost packets. */
  | { readonly type: 'freeze' }
  /** What the database answers is lost, then the connections are reset: the worker cannot know what was committed. */
  | { readonly type: 'lose-answers' }
  /** Everything arrives later. */
  | { readonly type: 'slow'; readonly delay: Milliseconds }
  /** The clock of the process jumps, and jumps back after the length of the fault. */
  | { readonly type: 'clock-jump'; readonly offset: Milliseconds }

/** A fault of the database server itself, by its name in `ChaosSubject.databaseFaults`. */
export interface DatabaseFaultChoice {
  readonly type: 'database'
  readonly name: string
}

/** A fault, and when it happens. The plan is the same for the same seed, whatever the processes do. */
export type PlannedFault = (
  | (WorkerFault & { readonly worker: number })
  | (DatabaseFaultChoice & { readonly worker: null })
) & {
  /** The fault begins when the operation with this index starts. */
  readonly at: number
  readonly length: Milliseconds
}

/** What faults a plan may contain. */
export interface FaultScope {
  readonly workers: number
  readonly operations: number
  /** Faults of one history at most. */
  readonly most: number
  /** Of a fault, in ms. */
  readonly lengths: readonly Milliseconds[]
  /** Whether the clocks of the workers may jump. */
  readonly jumps: boolean
  /** Names of the faults of the database server. */
  readonly databaseFaults: readonly string[]
}

/** Further than an idle timeout, and as far as a wrong clock after a leap or a slow synchronization. */
const offsets = [hour, -hour, 5 * second, -5 * second]

/** Generates the faults of a history. */
export function plannedFaults(scope: FaultScope): fc.Arbitrary<readonly PlannedFault[]> {
  const when = {
    at: fc.nat(Math.max(0, scope.operations - 1)),
    length: fc.constantFrom(...scope.lengths),
  }
  const onWorker = fc
    .tuple(workerFault(scope), fc.nat(scope.workers - 1), fc.record(when))
    .map(([fault, worker, at]): PlannedFault => ({ ...fault, worker, ...at }))
  const names = scope.databaseFaults
  const onServer = fc
    .tuple(fc.nat(Math.max(0, names.length - 1)), fc.record(when))
    .map(([index, at]): PlannedFault => {
      return { type: 'database', name: names[index] ?? '', worker: null, ...at }
    })
  const weight = names.length > 0 ? 2 : 0
  const fault = fc.oneof({ arbitrary: onWorker, weight: 10 }, { arbitrary: onServer, weight })
  return fc.array(fault, { minLength: 1, maxLength: scope.most, size: 'max' })
}

function workerFault({ jumps }: FaultScope): fc.Arbitrary<WorkerFault> {
  const constant = (type: Exclude<WorkerFault['type'], 'slow' | 'clock-jump'>) =>
    fc.constant<WorkerFault>({ type })
  const slow = fc.constantFrom(5, 20, 60).map((delay): WorkerFault => ({ type: 'slow', delay }))
  const jump = fc
    .constantFrom(...offsets)
    .map((offset): WorkerFault => ({ type: 'clock-jump', offset }))
  return fc.oneof(
    // Starting a process again takes many times as long as the other faults.
    { arbitrary: constant('kill'), weight: 1 },
    { arbitrary: constant('pause'), weight: 3 },
    { arbitrary: constant('cut'), weight: 3 },
    { arbitrary: constant('freeze'), weight: 3 },
    { arbitrary: constant('lose-answers'), weight: 3 },
    { arbitrary: slow, weight: 2 },
    { arbitrary: jump, weight: jumps ? 4 : 0 },
  )
}
