import type { SessionStore } from '../../src/ports/session-store.ts'
import { updateRecord } from '../../src/stores/memory/state.ts'
import { anInstant } from '../../src/testing/builders.ts'
import { type Mutant, yieldToEventLoop } from './mutant.ts'

export const endingMutants: readonly Mutant[] = [
  {
    bug: 'end stores only reasons of a fixed list',
    theme: 'ending',
    caughtByModel: false,
    mutate: (original) => ({
      end: (id, ending) => original.end(id, { ...ending, reason: toKnownReason(ending.reason) }),
    }),
  },
  {
    bug: 'a second end overwrites the first',
    theme: 'ending',
    caughtByModel: true,
    mutate: (original, state) => ({
      async end(id, ending) {
        const record = state.sessions.get(id)
        if (record) updateRecord(state, record, { endedAt: null })
        return original.end(id, ending)
      },
    }),
  },
  {
    bug: 'two concurrent ends both report success',
    theme: 'ending',
    caughtByModel: true,
    mutate: (original) => ({
      async end(id, ending) {
        const record = await original.find(id)
        if (record === null || record.endedAt !== null) return null
        await yieldToEventLoop()
        await original.end(id, ending)
        const { userId, createdAt } = record
        return { id, userId, createdAt, reason: ending.reason }
      },
    }),
  },
  {
    bug: 'a sign-in over an ended session is not recorded',
    theme: 'successors',
    caughtByModel: false,
    mutate: (original, state) => ({
      async insert(insertion) {
        const { replaces, record } = insertion
        const replaced = replaces === null ? null : await original.find(replaces)
        const outcome = await original.insert(insertion)
        if (replaced?.endedAt) state.replaced.delete(record.id)
        return outcome
      },
    }),
  },
  {
    bug: 'a session has ended only once it is marked',
    theme: 'successors',
    caughtByModel: false,
    mutate: (original) => ({
      async hasEndedWithoutSuccessor(id) {
        const isMarked = ((await original.find(id))?.endedAt ?? null) !== null
        return isMarked && (await original.hasEndedWithoutSuccessor?.(id)) === true
      },
    }),
  },
  {
    bug: 'endByUser does not record its instant',
    theme: 'outdated credentials',
    caughtByModel: true,
    mutate: (original, state) => ({
      async endByUser(...all) {
        const ended = await original.endByUser(...all)
        state.endedAllAt.clear()
        return ended
      },
    }),
  },
  {
    bug: 'endByUser with an earlier instant replaces a later one',
    theme: 'outdated credentials',
    caughtByModel: true,
    mutate: (original, state) => ({
      async endByUser(userId, ending, except) {
        state.endedAllAt.delete(userId)
        return original.endByUser(userId, ending, except)
      },
    }),
  },
  {
    bug: 'endByUser records an instant ahead of the clock of the store',
    theme: 'wrong clocks',
    caughtByModel: true,
    mutate: (original, state) => ({
      async endByUser(userId, ending, except) {
        const previousEnd = state.endedAllAt.get(userId) ?? ending.at
        const ended = await original.endByUser(userId, ending, except)
        state.endedAllAt.set(userId, Math.max(previousEnd, ending.at))
        return ended
      },
    }),
  },
  {
    bug: 'insert compares an instant by a clock that is ahead',
    theme: 'wrong clocks',
    caughtByModel: false,
    mutate: (original) => ({
      async insert(insertion) {
        const { createdAt } = insertion.record
        return original.insert({
          ...insertion,
          record: { ...insertion.record, createdAt: Math.min(createdAt, anInstant) },
        })
      },
    }),
  },
  {
    bug: 'insert accepts credentials checked at the instant of endByUser',
    theme: 'outdated credentials',
    caughtByModel: true,
    mutate: (original) => ({
      async insert(insertion) {
        const checkedAt = insertion.credentialsCheckedAt
        const credentialsCheckedAt = checkedAt === null ? null : checkedAt + 1
        return original.insert({ ...insertion, credentialsCheckedAt })
      },
    }),
  },
  {
    bug: 'purge deletes the instants of endByUser',
    theme: 'outdated credentials',
    caughtByModel: true,
    mutate: (original, state) => ({
      async purge(...all) {
        state.endedAllAt.clear()
        return original.purge(...all)
      },
    }),
  },
  {
    bug: 'endByUser lists the sessions before it ends them, not atomically',
    theme: 'outdated credentials',
    caughtByModel: true,
    mutate: (original, state) => ({ endByUser: lateEndByUser(original, state.endedAllAt) }),
  },
  {
    bug: 'endByUser ends the excepted session',
    theme: 'user-wide ending',
    caughtByModel: true,
    mutate: (original) => ({ endByUser: (user, ending) => original.endByUser(user, ending, null) }),
  },
]

/** Ends the sessions that it listed before: a sign-in between the two steps stays live. */
function lateEndByUser(
  original: SessionStore,
  endedAllAt: Map<string, number>,
): SessionStore['endByUser'] {
  return async (userId, ending, except) => {
    const listed = await original.listByUser(userId, ending.at)
    await yieldToEventLoop()
    const others = listed.filter((record) => record.id !== except)
    const ended = await Promise.all(others.map(({ id }) => original.end(id, ending)))
    endedAllAt.set(userId, Math.max(ending.at, endedAllAt.get(userId) ?? ending.at))
    return ended.filter((each) => each !== null)
  }
}

function toKnownReason(reason: string): string {
  return ['signed-out', 'password-changed', 'ended-by-operator'].includes(reason)
    ? reason
    : 'ended-by-operator'
}
