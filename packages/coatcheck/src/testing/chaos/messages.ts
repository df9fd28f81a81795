import type { Milliseconds } from '../../domain/time.ts'
import type { GrantOperation } from '../grant-model/operation.ts'
import type { GrantAnswer } from '../grant-model/perform.ts'
import type { Operation } from '../model/operation.ts'
import type { Answer } from '../model/perform.ts'
import type { Address } from './proxy.ts'
import type { Use, UseAnswer } from './use.ts'

/** What a worker can do, and the type of its result. */
export interface Works {
  readonly 'session-store': { readonly operation: Operation; readonly answer: Answer }
  readonly 'grant-store': { readonly operation: GrantOperation; readonly answer: GrantAnswer }
  readonly use: { readonly operation: Use; readonly answer: UseAnswer }
}

export type WorkKind = keyof Works

/** An operation for a worker. */
export type Work = {
  [Kind in WorkKind]: { readonly kind: Kind; readonly operation: Works[Kind]['operation'] }
}[WorkKind]

/** From the process that injects faults to a worker. */
export type ToWorker =
  | { readonly type: 'open'; readonly database: Address; readonly parameters: Parameters }
  | { readonly type: 'work'; readonly number: number; readonly work: Work }
  | { readonly type: 'clock'; readonly offset: Milliseconds }

/** Text that the test passes to the function that opens the stores of a worker. */
export type Parameters = Readonly<Record<string, string>>

/** The reverse. */
export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'answer'; readonly number: number; readonly answer: Works[WorkKind]['answer'] }
  | { readonly type: 'failure'; readonly number: number; readonly failure: WorkFailure }

/** Why an operation was rejected. */
export interface WorkFailure {
  /** Whether the error says that the store failed, which is right while there is a fault. */
  readonly isStoreFailure: boolean
  readonly message: string
}
