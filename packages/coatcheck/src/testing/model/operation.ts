import type { SessionId, UserId } from '../../domain/session.ts'
import type { Instant, Milliseconds } from '../../domain/time.ts'
import type {
  Activity,
  Ending,
  ExpirySweep,
  SecretReplacement,
  SessionInsertion,
} from '../../ports/session-store.ts'
import { toSessionId } from '../builders.ts'

/** The session ids of generated histories. Few, so that operations collide; some differ in case only. */
export const sessionIds: readonly SessionId[] = ['a', 'A', 'b', 'B', 'c', 'C'].map(toSessionId)

/** A store operation as data, so that histories can be generated, shrunk, printed and replayed. */
export type Operation =
  | { readonly type: 'insert'; readonly insertion: SessionInsertion }
  | { readonly type: 'find'; readonly id: SessionId }
  | { readonly type: 'listByUser'; readonly userId: UserId; readonly at: Instant }
  | {
      readonly type: 'replaceSecret'
      readonly id: SessionId
      readonly replacement: SecretReplacement
    }
  /** Appends text to the data, or leaves the data as it is. */
  | { readonly type: 'updateData'; readonly id: SessionId; readonly append: string | null }
  | {
      readonly type: 'touch'
      readonly activities: readonly Activity[]
      readonly precision: Milliseconds
    }
  | { readonly type: 'end'; readonly id: SessionId; readonly ending: Ending }
  | {
      readonly type: 'endByUser'
      readonly userId: UserId
      readonly ending: Ending
      readonly except: SessionId | null
    }
  /** A complete sweep of all pages. */
  | { readonly type: 'endExpired'; readonly sweep: ExpirySweep }
  | { readonly type: 'purge'; readonly endedBefore: Instant; readonly limit: number }

/** An operation of one type. */
export type OperationOf<Type extends Operation['type']> = Extract<
  Operation,
  { readonly type: Type }
>
