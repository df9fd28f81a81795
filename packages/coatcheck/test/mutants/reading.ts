import { expiry, type SessionId } from '../../src/domain/session.ts'
import type { SessionStore } from '../../src/ports/session-store.ts'
import { copyOf } from '../../src/stores/memory/state.ts'
import type { Mutant } from './mutant.ts'

export const readingMutants: readonly Mutant[] = [
  {
    bug: 'the list has expired sessions in it',
    theme: 'listing',
    seenByModel: true,
    mutate: (honest) => ({ listByUser: (userId) => honest.listByUser(userId, 0) }),
  },
  {
    bug: 'the list has ended sessions in it',
    theme: 'listing',
    seenByModel: true,
    mutate: (_honest, state) => ({
      async listByUser(userId, at) {
        return [...state.sessions.values()]
          .filter((record) => record.userId === userId && expiry(record, at) === null)
          .toSorted((one, other) => other.createdAt - one.createdAt)
          .map(copyOf)
      },
    }),
  },
  {
    bug: 'the list is in the order of activity',
    theme: 'listing',
    seenByModel: true,
    mutate: (honest) => ({
      async listByUser(userId, at) {
        const records = await honest.listByUser(userId, at)
        return records.toSorted((one, other) => other.lastActivityAt - one.lastActivityAt)
      },
    }),
  },
  {
    bug: 'the list puts ids of one instant in alphabetical order',
    theme: 'listing',
    seenByModel: false,
    mutate: (honest) => ({
      async listByUser(userId, at) {
        const records = await honest.listByUser(userId, at)
        return records.toSorted(
          (one, other) => other.createdAt - one.createdAt || one.id.localeCompare(other.id),
        )
      },
    }),
  },
  {
    bug: 'ended sessions are not found',
    theme: 'reading',
    seenByModel: true,
    mutate: (honest) => ({
      async find(id) {
        const record = await honest.find(id)
        return record?.endedAt === null ? record : null
      },
    }),
  },
  {
    bug: 'callers can change what is stored',
    theme: 'reading',
    seenByModel: false,
    mutate: (_honest, state) => ({ find: async (id) => state.sessions.get(id) ?? null }),
  },
  {
    bug: 'instants lose their milliseconds',
    theme: 'reading',
    seenByModel: true,
    mutate: (honest) => ({
      async find(id) {
        const record = await honest.find(id)
        return record && { ...record, createdAt: Math.floor(record.createdAt / 1_000) * 1_000 }
      },
    }),
  },
  {
    bug: 'ids are matched without case',
    theme: 'hostile input',
    seenByModel: true,
    mutate: (honest) => withIds(honest, (id) => id.toLowerCase()),
  },
  {
    bug: 'ids are normalised',
    theme: 'hostile input',
    seenByModel: false,
    mutate: (honest) => withIds(honest, (id) => id.normalize('NFC')),
  },
  {
    bug: 'spaces at the end of ids are ignored',
    theme: 'hostile input',
    seenByModel: false,
    mutate: (honest) => withIds(honest, (id) => id.trimEnd()),
  },
  {
    bug: 'ids end at a NUL',
    theme: 'hostile input',
    seenByModel: false,
    mutate: (honest) => withIds(honest, (id) => id.split('\0')[0] ?? ''),
  },
  {
    bug: 'users are matched without case',
    theme: 'user-wide ending',
    seenByModel: true,
    mutate: (honest, state) => ({
      async endByUser(userId, ending, except) {
        const users = [...state.sessions.values()].map((record) => record.userId)
        const same = users.filter((each) => each.toLowerCase() === userId.toLowerCase())
        const all = [...new Set([userId, ...same])]
        const ended = await Promise.all(all.map((each) => honest.endByUser(each, ending, except)))
        return ended.flat()
      },
    }),
  },
  {
    bug: 'long data is cut',
    theme: 'hostile input',
    seenByModel: false,
    mutate: (honest) => ({
      replaceData: (id, { from, data }) =>
        honest.replaceData(id, { from, data: data.slice(0, 4_096) }),
    }),
  },
]

/** A store that takes some ids for others, wherever it is given one. */
function withIds(honest: SessionStore, mistake: (id: string) => string): Partial<SessionStore> {
  const mistaken = (id: SessionId) => mistake(id) as SessionId
  return {
    insert: (insertion) =>
      honest.insert({
        ...insertion,
        record: { ...insertion.record, id: mistaken(insertion.record.id) },
      }),
    find: (id) => honest.find(mistaken(id)),
    end: (id, ending) => honest.end(mistaken(id), ending),
  }
}
