import { SessionError } from '../../src/domain/errors.ts'
import { copyRecord } from '../../src/stores/memory/state.ts'
import { type Mutant, yieldToEventLoop } from './mutant.ts'

export const insertionMutants: readonly Mutant[] = [
  {
    bug: 'counts the live sessions first and inserts later',
    theme: 'session cap under parallel sign-ins',
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
    bug: 'counts expired sessions against the cap',
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
    bug: 'counts the session to replace against the cap',
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
    bug: 'evicts by activity, not by age',
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
    bug: 'writes over the session that has the id',
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
    bug: 'ends the replaced session before it finds the id in use',
    theme: 'insertion',
    caughtByModel: true,
    mutate: (original, state) => ({
      async insert(insertion) {
        const { record, replaces } = insertion
        if (!state.sessions.has(record.id)) return original.insert(insertion)
        const ending = { reason: 'signed-in-again', at: record.createdAt, by: null } as const
        if (replaces !== null) await original.end(replaces, ending)
        throw new SessionError('id-in-use', 'A session with this id exists already')
      },
    }),
  },
  {
    bug: 'forgets the session to replace',
    theme: 'insertion',
    caughtByModel: true,
    mutate: (original) => ({
      insert: (insertion) => original.insert({ ...insertion, replaces: null }),
    }),
  },
  {
    bug: 'ends a replaced session of the same user only',
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
