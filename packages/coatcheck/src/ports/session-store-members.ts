import type { SessionStore } from './session-store.ts'

/**
 * Every member of a store; `undefined` for an optional one that it does not have. A function that wraps a store
 * returns these: one that forgets a member does not compile, instead of hiding it from the use cases.
 */
export type SessionStoreMembers = {
  readonly [Name in keyof Required<SessionStore>]: SessionStore[Name]
}

/** Returns the store with these members. */
export function toSessionStore(members: SessionStoreMembers): SessionStore {
  const { sweepBatch, normalizeUserId, hasEndedWithoutSuccessor, claimSweep, ...rest } = members
  const { countUnended, currentTime, within, ...required } = rest
  return {
    ...required,
    ...(sweepBatch !== undefined && { sweepBatch }),
    ...(normalizeUserId !== undefined && { normalizeUserId }),
    ...(hasEndedWithoutSuccessor !== undefined && { hasEndedWithoutSuccessor }),
    ...(claimSweep !== undefined && { claimSweep }),
    ...(countUnended !== undefined && { countUnended }),
    ...(currentTime !== undefined && { currentTime }),
    ...(within !== undefined && { within }),
  }
}
