import { type GrantMutant, overwrite, withRecord } from './grant-mutant.ts'
import { yieldToEventLoop } from './mutant.ts'

const everyField = 'insert stores every field, which find returns unchanged'
const otherClients = 'insert counts neither other users nor other clients of the user'
const whenAllEnded =
  'insert refuses an authorization from before or when all grants ended, not after'

export const grantInsertionMutants: readonly GrantMutant[] = [
  {
    bug: 'insert stores scopes in another order',
    caughtBy: everyField,
    caughtByModel: false,
    mutate: (original) => ({
      insert: (insertion) => {
        const scopes = insertion.record.scopes.toSorted()
        return original.insert(withRecord(insertion, { scopes }))
      },
    }),
  },
  {
    bug: 'insert forgets a rotation',
    caughtBy: everyField,
    caughtByModel: false,
    mutate: (original) => ({
      insert: (insertion) => original.insert(withRecord(insertion, { rotation: null })),
    }),
  },
  {
    bug: 'insert overwrites a grant with the same id',
    caughtBy: 'insert rejects an id that is in use, and changes nothing',
    caughtByModel: true,
    mutate: (original, state) => ({
      async insert(insertion) {
        state.grants.delete(insertion.record.id)
        return original.insert(insertion)
      },
    }),
  },
  {
    bug: 'insert looks for the id before it writes, not atomically',
    caughtBy: 'insert adds one of many concurrent grants with one id',
    caughtByModel: false,
    mutate: (original, state) => ({
      async insert(insertion) {
        const { id } = insertion.record
        if ((await original.find(id)) !== null) return original.insert(insertion)
        await yieldToEventLoop()
        state.grants.delete(id)
        return original.insert(insertion)
      },
    }),
  },
  {
    bug: 'insert keeps the bytes of the caller',
    caughtBy: 'changes of a returned or inserted record do not change the store',
    caughtByModel: false,
    mutate: (original, state) => ({
      async insert(insertion) {
        const outcome = await original.insert(insertion)
        state.grants.set(insertion.record.id, insertion.record)
        return outcome
      },
    }),
  },
  {
    bug: 'insert ignores the limit',
    caughtBy: 'insert ends the oldest grants of the user to the client beyond the limit',
    caughtByModel: true,
    mutate: (original) => ({
      insert: (insertion) => original.insert({ ...insertion, limit: 1_000 }),
    }),
  },
  {
    bug: 'insert checks the limit before it writes, not atomically',
    caughtBy: 'insert leaves exactly the limit live after 50 concurrent insertions',
    caughtByModel: true,
    mutate: (original) => ({
      async insert(insertion) {
        const { userId, clientId, createdAt: at } = insertion.record
        const live = await original.listByUser(userId, at)
        const excess = live
          .filter((record) => record.clientId === clientId)
          .slice(insertion.limit - 1)
        await yieldToEventLoop()
        const ending = { reason: 'grant-cap', at, by: null } as const
        const ended = await Promise.all(excess.map(({ id }) => original.end(id, ending)))
        const outcome = await original.insert({ ...insertion, limit: 1_000 })
        if (outcome.status === 'refused') return outcome
        return { status: 'inserted', ended: ended.filter((each) => each !== null) }
      },
    }),
  },
  {
    bug: 'insert ends the newest grants beyond the limit',
    caughtBy: 'insert ends a refreshed grant by its creation, not by its last refresh',
    caughtByModel: false,
    mutate: (original, state) => ({
      async insert(insertion) {
        // The creation is mistaken for the last refresh.
        const created = [...state.grants].map(([id, { createdAt }]) => ({ id, createdAt }))
        for (const { id } of created) {
          overwrite(state, id, { createdAt: state.grants.get(id)?.lastRefreshedAt ?? 0 })
        }
        const outcome = await original.insert(insertion)
        for (const { id, createdAt } of created) overwrite(state, id, { createdAt })
        return outcome
      },
    }),
  },
  {
    bug: 'insert counts the grants of all clients',
    caughtBy: otherClients,
    caughtByModel: true,
    mutate: (original) => ({
      async insert(insertion) {
        const { userId, createdAt: at } = insertion.record
        const live = await original.listByUser(userId, at)
        const outcome = await original.insert(insertion)
        if (outcome.status === 'refused') return outcome
        const excess = live.slice(insertion.limit - 1)
        const ending = { reason: 'grant-cap', at, by: null } as const
        const ended = await Promise.all(excess.map(({ id }) => original.end(id, ending)))
        return { ...outcome, ended: [...outcome.ended, ...ended.filter((each) => each !== null)] }
      },
    }),
  },
  {
    bug: 'insert compares client ids without case',
    caughtBy: otherClients,
    caughtByModel: false,
    mutate: (original, state) => ({
      async insert(insertion) {
        const { clientId } = insertion.record
        const others = [...state.grants.values()].filter(
          (each) => each.clientId.toLowerCase() === clientId.toLowerCase(),
        )
        for (const { id } of others) overwrite(state, id, { clientId })
        const outcome = await original.insert(insertion)
        for (const { id, clientId: stored } of others) overwrite(state, id, { clientId: stored })
        return outcome
      },
    }),
  },
  {
    bug: 'insert counts grants that have expired',
    caughtBy: 'insert does not count grants past a timeout at createdAt, to the millisecond',
    caughtByModel: true,
    mutate: (original, state) => ({
      async insert(insertion) {
        const deadlines = [...state.grants.values()].map(({ id, expiresAt, idleTimeout }) => ({
          id,
          changes: { expiresAt, idleTimeout },
        }))
        for (const { id } of deadlines) {
          overwrite(state, id, { expiresAt: 1e15, idleTimeout: 1e15 })
        }
        const outcome = await original.insert(insertion)
        for (const { id, changes } of deadlines) overwrite(state, id, changes)
        return outcome
      },
    }),
  },
  {
    bug: 'insert accepts an authorization from the instant at which all grants ended',
    caughtBy: whenAllEnded,
    caughtByModel: true,
    mutate: (original) => ({
      insert: (insertion) =>
        original.insert({ ...insertion, authorizedAt: insertion.authorizedAt + 1 }),
    }),
  },
  {
    bug: 'insert ignores that all grants were ended',
    caughtBy:
      'endByUser leaves no grant live after concurrent insertions with older authorizations',
    caughtByModel: true,
    mutate: (original, state) => ({
      async insert(insertion) {
        state.endedAllAt.clear()
        return original.insert(insertion)
      },
    }),
  },
  {
    bug: 'insert ends grants although it refuses',
    caughtBy: 'insert changes nothing when it refuses',
    caughtByModel: true,
    mutate: (original) => ({
      async insert(insertion) {
        const outcome = await original.insert(insertion)
        if (outcome.status === 'refused') {
          const { userId, createdAt: at } = insertion.record
          const [oldest] = (await original.listByUser(userId, at)).toReversed()
          if (oldest) await original.end(oldest.id, { reason: 'grant-cap', at, by: null })
        }
        return outcome
      },
    }),
  },
  {
    bug: 'insert trusts a clock that is ahead',
    caughtBy: 'insert by a clock that is ahead refuses authorizations from before all grants ended',
    caughtByModel: false,
    mutate: (original, state) => ({
      async insert(insertion) {
        const { id, createdAt } = insertion.record
        const outcome = await original.insert(withRecord(insertion, { createdAt: 0 }))
        overwrite(state, id, { createdAt })
        return outcome
      },
    }),
  },
  {
    bug: 'ended grants of a user accumulate',
    caughtBy: 'insert keeps the 100 grants of a user that ended last, whatever their client',
    caughtByModel: false,
    mutate: (original, state) => ({
      async insert(insertion) {
        const before = new Map(state.grants)
        const outcome = await original.insert(insertion)
        for (const [id, record] of before) if (!state.grants.has(id)) state.grants.set(id, record)
        return outcome
      },
    }),
  },
  {
    bug: 'insert stores scopes that contain spaces',
    caughtBy: 'insert rejects text, hashes and instants that cannot be stored unchanged',
    caughtByModel: false,
    mutate: (original) => ({
      insert: (insertion) => {
        const scopes = insertion.record.scopes.flatMap((scope) => scope.split(' '))
        return original.insert(withRecord(insertion, { scopes }))
      },
    }),
  },
]
