import type { SessionStore } from '../../src/ports/session-store.ts'
import { updateRecord } from '../../src/stores/memory/state.ts'
import { type Mutant, yieldToEventLoop } from './mutant.ts'

export const endingMutants: readonly Mutant[] = [
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
    bug: 'two ends at once both believe they did it',
    theme: 'ending',
    caughtByModel: true,
    mutate: (original) => ({
      async end(id, ending) {
        const record = await original.find(id)
        if (record === null || record.endedAt !== null) return null
        await yieldToEventLoop()
        await original.end(id, ending)
        return { id, userId: record.userId, reason: ending.reason }
      },
    }),
  },
  {
    bug: 'the end of all sessions leaves no mark for late sign-ins',
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
    bug: 'an earlier end of all sessions takes the mark back',
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
    bug: 'credentials checked at the very end of all sessions are good',
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
    bug: 'purge forgets when all sessions were ended',
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
    bug: 'the end of all sessions looks first and ends later',
    theme: 'outdated credentials',
    caughtByModel: true,
    mutate: (original, state) => ({ endByUser: lateEndByUser(original, state.endedAllAt) }),
  },
  {
    bug: 'the end of all sessions spares none',
    theme: 'user-wide ending',
    caughtByModel: true,
    mutate: (original) => ({ endByUser: (user, ending) => original.endByUser(user, ending, null) }),
  },
]

/** Marks first and ends what it saw before: a sign-in in between stays live. */
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
