import type { GrantStore } from '../ports/grant-store.ts'

/**
 * Every member of a store; `undefined` for an optional one that it does not have. A function that wraps a store returns
 * these: one that forgets a member does not compile, instead of hiding it from the use cases.
 */
export type GrantStoreMembers = {
  readonly [Name in keyof Required<GrantStore>]: GrantStore[Name]
}

/** Returns the store with these members. */
export function toGrantStore(members: GrantStoreMembers): GrantStore {
  const { sweepBatch, normalizeUserId, ...required } = members
  return {
    ...required,
    ...(sweepBatch !== undefined && { sweepBatch }),
    ...(normalizeUserId !== undefined && { normalizeUserId }),
  }
}
