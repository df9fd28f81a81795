import { SessionError } from '../../src/domain/errors.ts'
import { copyRecord } from '../../src/stores/memory/state.ts'
import { type Mutant, yieldToEventLoop } from './mutant.ts'

export const insertionMutants: readonly Mutant[] = [
  {
    bug: 'insert counts the live sessions before the write, not atomically',
    theme: 'session cap under concurrent sign-ins',
    caughtByModel: true,
    mutate: (original) => ({
      async insert(insertion) {
        const { record, cap } = insertion
        const live = await original.listByUser(record.userId, record.createdAt)
        await yieldToEventLoop()
        const excess = cap === null ? [] : live.slice(cap.limit - 1)
        if (excess.length > 0 && cap?.whenFull === 'refuse') {
          return { status: 'refused', reason: 'session-cap' }
        }
        const ending = { reason: 'session-cap', at: record.createdAt, by: null } as const
        const ended = await Promise.all(excess.map(({ id }) => original.end(id, ending)))
        const outcome = await original.insert({ ...insertion, cap: null })
        const evicted = ended.filter((each) => each !== null)
        return outcome.status === 'inserted'
          ? { ...outcome, ended: [...outcome.ended, ...evicted] }
          : outcome
      },
    }),
  },
  {
    bug: 'insert counts expired sessions against the cap',
    theme: 'session cap',
    caughtByModel: true,
    mutate: (original, state) => ({
      async insert(insertion) {
        const { record, cap } = insertion
        const unended = [...state.sessions.values()].filter(
          (each) => each.userId === record.userId && each.endedAt === null,
        )
        return cap?.whenFull === 'refuse' && unended.length >= cap.limit
          ? { status: 'refused', reason: 'session-cap' }
          : original.insert(insertion)
      },
    }),
  },
  {
    bug: 'insert counts the session to replace against the cap',
    theme: 'session cap',
    caughtByModel: true,
    mutate: (original) => ({
      async insert(insertion) {
        const { record, cap } = insertion
        const live = await original.listByUser(record.userId, record.createdAt)
        return cap?.whenFull === 'refuse' && live.length >= cap.limit
          ? { status: 'refused', reason: 'session-cap' }
          : original.insert(insertion)
      },
    }),
  },
  {
    bug: 'insert evicts by activity instead of age',
    theme: 'session cap',
    caughtByModel: true,
    mutate: (original) => ({
      async insert(insertion) {
        const { record, cap } = insertion
        const live = await original.listByUser(record.userId, record.createdAt)
        if (cap === null || live.length < cap.limit) return original.insert(insertion)
        const idlest = live.toSorted((one, other) => one.lastActivityAt - other.lastActivityAt)[0]
        const at = record.createdAt
        if (idlest) await original.end(idlest.id, { reason: 'session-cap', at, by: null })
        return original.insert(insertion)
      },
    }),
  },
  {
    bug: 'insert overwrites the session with the same id',
    theme: 'insertion',
    caughtByModel: true,
    mutate: (_original, state) => ({
      async insert({ record }) {
        state.sessions.set(record.id, copyRecord(record))
        return { status: 'inserted', ended: [] }
      },
    }),
  },
  {
    bug: 'insert ends the replaced session before it rejects an id in use',
    theme: 'insertion',
    caughtByModel: true,
    mutate: (original, state) => ({
      async insert(insertion) {
        const { record, replaces } = insertion
        if (!state.sessions.has(record.id)) return original.insert(insertion)
        const ending = { reason: 'signed-in-again', at: record.createdAt, by: null } as const
        if (replaces !== null) await original.end(replaces, ending)
        throw new SessionError('id-in-use', 'A session with this id already exists')
      },
    }),
  },
  {
    bug: 'insert ignores the session to replace',
    theme: 'insertion',
    caughtByModel: true,
    mutate: (original) => ({
      insert: (insertion) => original.insert({ ...insertion, replaces: null }),
    }),
  },
  {
    bug: 'insert does not end a replaced session of another user',
    theme: 'insertion',
    caughtByModel: true,
    mutate: (original, state) => ({
      async insert(insertion) {
        const replaced = insertion.replaces && state.sessions.get(insertion.replaces)
        const own = replaced && replaced.userId === insertion.record.userId
        return original.insert(own ? insertion : { ...insertion, replaces: null })
      },
    }),
  },
]
