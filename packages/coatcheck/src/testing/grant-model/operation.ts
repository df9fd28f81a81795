import type { GrantId } from '../../domain/grant.ts'
import type { UserId } from '../../domain/session.ts'
import type { Instant } from '../../domain/time.ts'
import type { GrantEnding, GrantInsertion, GrantRotation } from '../../ports/grant-store.ts'
import { toGrantId } from '../builders.ts'

/** The grant ids of generated histories. Few, so that operations collide; some differ in case only. */
export const grantIds: readonly GrantId[] = ['a', 'A', 'b', 'B', 'c', 'C'].map(toGrantId).toSorted()

/** An operation of a grant store as data, so that histories can be generated, shrunk, printed and replayed. */
export type GrantOperation =
  | { readonly type: 'insert'; readonly insertion: GrantInsertion }
  | { readonly type: 'find'; readonly id: GrantId }
  | { readonly type: 'listByUser'; readonly userId: UserId; readonly at: Instant }
  | { readonly type: 'rotate'; readonly id: GrantId; readonly rotation: GrantRotation }
  | { readonly type: 'end'; readonly id: GrantId; readonly ending: GrantEnding }
  | { readonly type: 'endByUser'; readonly userId: UserId; readonly ending: GrantEnding }
  | {
      readonly type: 'endByClient'
      readonly clientId: string
      readonly ending: GrantEnding
      readonly limit: number
    }
  /** A complete sweep of all pages. */
  | { readonly type: 'endExpired'; readonly at: Instant; readonly limit: number }
  | { readonly type: 'purge'; readonly endedBefore: Instant; readonly limit: number }

/** An operation of one type. */
export type GrantOperationOf<Type extends GrantOperation['type']> = Extract<
  GrantOperation,
  { readonly type: Type }
>
