import { expiry, type SessionId } from '../../src/domain/session.ts'
import type { SessionStore } from '../../src/ports/session-store.ts'
import { copyRecord } from '../../src/stores/memory/state.ts'
import type { Mutant } from './mutant.ts'

export const readingMutants: readonly Mutant[] = [
  {
    bug: 'the list contains expired sessions',
    theme: 'listing',
    caughtByModel: true,
    mutate: (original) => ({ listByUser: (userId) => original.listByUser(userId, 0) }),
  },
  {
    bug: 'the list contains ended sessions',
    theme: 'listing',
    caughtByModel: true,
    mutate: (_original, state) => ({
      async listByUser(userId, at) {
        return [...state.sessions.values()]
          .filter((record) => record.userId === userId && expiry(record, at) === null)
          .toSorted((one, other) => other.createdAt - one.createdAt)
          .map(copyRecord)
      },
    }),
  },
  {
    bug: 'the list is ordered by activity',
    theme: 'listing',
    caughtByModel: true,
    mutate: (original) => ({
      async listByUser(userId, at) {
        const records = await original.listByUser(userId, at)
        return records.toSorted((one, other) => other.lastActivityAt - one.lastActivityAt)
      },
    }),
  },
  {
    bug: 'the list orders sessions of the same instant by locale',
    theme: 'listing',
    caughtByModel: false,
    mutate: (original) => ({
      async listByUser(userId, at) {
        const records = await original.listByUser(userId, at)
        return records.toSorted(
          (one, other) => other.createdAt - one.createdAt || one.id.localeCompare(other.id),
        )
      },
    }),
  },
  {
    bug: 'ended sessions are not found',
    theme: 'reading',
    caughtByModel: true,
    mutate: (original) => ({
      async find(id) {
        const record = await original.find(id)
        return record?.endedAt === null ? record : null
      },
    }),
  },
  {
    bug: 'callers can change stored records',
    theme: 'reading',
    caughtByModel: false,
    mutate: (_original, state) => ({ find: async (id) => state.sessions.get(id) ?? null }),
  },
  {
    bug: 'instants lose their milliseconds',
    theme: 'reading',
    caughtByModel: true,
    mutate: (original) => ({
      async find(id) {
        const record = await original.find(id)
        return record && { ...record, createdAt: Math.floor(record.createdAt / 1_000) * 1_000 }
      },
    }),
  },
  {
    bug: 'ids are compared case-insensitively',
    theme: 'hostile input',
    caughtByModel: true,
    mutate: (original) => withIds(original, (id) => id.toLowerCase()),
  },
  {
    bug: 'ids are Unicode-normalized',
    theme: 'hostile input',
    caughtByModel: false,
    mutate: (original) => withIds(original, (id) => id.normalize('NFC')),
  },
  {
    bug: 'trailing spaces of ids are ignored',
    theme: 'hostile input',
    caughtByModel: false,
    mutate: (original) => withIds(original, (id) => id.trimEnd()),
  },
  {
    bug: 'ids end at a NUL',
    theme: 'hostile input',
    caughtByModel: false,
    mutate: (original) => withIds(original, (id) => id.split('\0')[0] ?? ''),
  },
  {
    bug: 'user ids are compared case-insensitively',
    theme: 'user-wide ending',
    caughtByModel: true,
    mutate: (original, state) => ({
      async endByUser(userId, ending, except) {
        const users = [...state.sessions.values()].map((record) => record.userId)
        const same = users.filter((each) => each.toLowerCase() === userId.toLowerCase())
        const all = [...new Set([userId, ...same])]
        const ended = await Promise.all(all.map((each) => original.endByUser(each, ending, except)))
        return ended.flat()
      },
    }),
  },
  {
    bug: 'long data is truncated',
    theme: 'hostile input',
    caughtByModel: false,
    mutate: (original) => ({
      updateData: (id, update) =>
        original.updateData(id, (record) => update(record)?.slice(0, 4_096) ?? null),
    }),
  },
]

/** Returns operations that alter the given ids. */
function withIds(original: SessionStore, alter: (id: string) => string): Partial<SessionStore> {
  const altered = (id: SessionId) => alter(id) as SessionId
  return {
    insert: (insertion) =>
      original.insert({
        ...insertion,
        record: { ...insertion.record, id: altered(insertion.record.id) },
      }),
    find: (id) => original.find(altered(id)),
    end: (id, ending) => original.end(altered(id), ending),
  }
}
