import { SessionError } from '../../src/domain/errors.ts'
import { copyOf } from '../../src/stores/memory/state.ts'
import { type Mutant, pause } from './mutant.ts'

export const insertionMutants: readonly Mutant[] = [
  {
    bug: 'counts the live sessions first and inserts later',
    theme: 'session cap under parallel sign-ins',
    seenByModel: true,
    mutate: (honest) => ({
      async insert(insertion) {
        const { record, cap } = insertion
        const live = await honest.listByUser(record.userId, record.createdAt)
        await pause()
        const surplus = cap === null ? [] : live.slice(cap.limit - 1)
        if (surplus.length > 0 && cap?.whenFull === 'refuse') {
          return { status: 'refused', reason: 'session-cap' }
        }
        const ending = { reason: 'session-cap', at: record.createdAt, by: null } as const
        const ended = await Promise.all(surplus.map(({ id }) => honest.end(id, ending)))
        const outcome = await honest.insert({ ...insertion, cap: null })
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
    seenByModel: true,
    mutate: (honest, state) => ({
      async insert(insertion) {
        const { record, cap } = insertion
        const unended = [...state.sessions.values()].filter(
          (each) => each.userId === record.userId && each.endedAt === null,
        )
        return cap?.whenFull === 'refuse' && unended.length >= cap.limit
          ? { status: 'refused', reason: 'session-cap' }
          : honest.insert(insertion)
      },
    }),
  },
  {
    bug: 'counts the session to replace against the cap',
    theme: 'session cap',
    seenByModel: true,
    mutate: (honest) => ({
      async insert(insertion) {
        const { record, cap } = insertion
        const live = await honest.listByUser(record.userId, record.createdAt)
        return cap?.whenFull === 'refuse' && live.length >= cap.limit
          ? { status: 'refused', reason: 'session-cap' }
          : honest.insert(insertion)
      },
    }),
  },
  {
    bug: 'evicts by activity, not by age',
    theme: 'session cap',
    seenByModel: true,
    mutate: (honest) => ({
      async insert(insertion) {
        const { record, cap } = insertion
        const live = await honest.listByUser(record.userId, record.createdAt)
        if (cap === null || live.length < cap.limit) return honest.insert(insertion)
        const idlest = live.toSorted((one, other) => one.lastActivityAt - other.lastActivityAt)[0]
        const at = record.createdAt
        if (idlest) await honest.end(idlest.id, { reason: 'session-cap', at, by: null })
        return honest.insert(insertion)
      },
    }),
  },
  {
    bug: 'writes over the session that has the id',
    theme: 'insertion',
    seenByModel: true,
    mutate: (_honest, state) => ({
      async insert({ record }) {
        state.sessions.set(record.id, copyOf(record))
        return { status: 'inserted', ended: [] }
      },
    }),
  },
  {
    bug: 'ends the replaced session before it finds the id in use',
    theme: 'insertion',
    seenByModel: true,
    mutate: (honest, state) => ({
      async insert(insertion) {
        const { record, replaces } = insertion
        if (!state.sessions.has(record.id)) return honest.insert(insertion)
        const ending = { reason: 'signed-in-again', at: record.createdAt, by: null } as const
        if (replaces !== null) await honest.end(replaces, ending)
        throw new SessionError('id-in-use', 'A session with this id exists already')
      },
    }),
  },
  {
    bug: 'forgets the session to replace',
    theme: 'insertion',
    seenByModel: true,
    mutate: (honest) => ({
      insert: (insertion) => honest.insert({ ...insertion, replaces: null }),
    }),
  },
  {
    bug: 'ends a replaced session of the same user only',
    theme: 'insertion',
    seenByModel: true,
    mutate: (honest, state) => ({
      async insert(insertion) {
        const replaced = insertion.replaces && state.sessions.get(insertion.replaces)
        const own = replaced && replaced.userId === insertion.record.userId
        return honest.insert(own ? insertion : { ...insertion, replaces: null })
      },
    }),
  },
]
