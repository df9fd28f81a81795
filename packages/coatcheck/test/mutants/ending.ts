import type { SessionStore } from '../../src/ports/session-store.ts'
import { change } from '../../src/stores/memory/state.ts'
import { type Mutant, pause } from './mutant.ts'

export const endingMutants: readonly Mutant[] = [
  {
    bug: 'a second end overwrites the first',
    theme: 'ending',
    seenByModel: true,
    mutate: (honest, state) => ({
      async end(id, ending) {
        const record = state.sessions.get(id)
        if (record) change(state, record, { endedAt: null })
        return honest.end(id, ending)
      },
    }),
  },
  {
    bug: 'two ends at once both believe they did it',
    theme: 'ending',
    seenByModel: true,
    mutate: (honest) => ({
      async end(id, ending) {
        const record = await honest.find(id)
        if (record === null || record.endedAt !== null) return null
        await pause()
        await honest.end(id, ending)
        return { id, userId: record.userId, reason: ending.reason }
      },
    }),
  },
  {
    bug: 'the end of all sessions leaves no mark for late sign-ins',
    theme: 'outdated credentials',
    seenByModel: true,
    mutate: (honest, state) => ({
      async endByUser(...all) {
        const ended = await honest.endByUser(...all)
        state.allEndedAt.clear()
        return ended
      },
    }),
  },
  {
    bug: 'an earlier end of all sessions takes the mark back',
    theme: 'outdated credentials',
    seenByModel: true,
    mutate: (honest, state) => ({
      async endByUser(userId, ending, except) {
        state.allEndedAt.delete(userId)
        return honest.endByUser(userId, ending, except)
      },
    }),
  },
  {
    bug: 'credentials checked at the very end of all sessions are good',
    theme: 'outdated credentials',
    seenByModel: true,
    mutate: (honest) => ({
      async insert(insertion) {
        const checkedAt = insertion.credentialsCheckedAt
        const credentialsCheckedAt = checkedAt === null ? null : checkedAt + 1
        return honest.insert({ ...insertion, credentialsCheckedAt })
      },
    }),
  },
  {
    bug: 'purge forgets when all sessions were ended',
    theme: 'outdated credentials',
    seenByModel: true,
    mutate: (honest, state) => ({
      async purge(...all) {
        state.allEndedAt.clear()
        return honest.purge(...all)
      },
    }),
  },
  {
    bug: 'the end of all sessions looks first and ends later',
    theme: 'outdated credentials',
    seenByModel: true,
    mutate: (honest, state) => ({ endByUser: lateEndByUser(honest, state.allEndedAt) }),
  },
  {
    bug: 'the end of all sessions spares none',
    theme: 'user-wide ending',
    seenByModel: true,
    mutate: (honest) => ({ endByUser: (user, ending) => honest.endByUser(user, ending, null) }),
  },
]

/** Marks first and ends what it saw before: a sign-in in between stays live. */
function lateEndByUser(
  honest: SessionStore,
  marks: Map<string, number>,
): SessionStore['endByUser'] {
  return async (userId, ending, except) => {
    const seen = await honest.listByUser(userId, ending.at)
    await pause()
    const others = seen.filter((record) => record.id !== except)
    const ended = await Promise.all(others.map(({ id }) => honest.end(id, ending)))
    marks.set(userId, Math.max(ending.at, marks.get(userId) ?? ending.at))
    return ended.filter((each) => each !== null)
  }
}
