import { findCompleted, removePendingOf } from '../../src/stores/memory/pending-sign-ins.ts'
import { type Mutant, yieldToEventLoop } from './mutant.ts'

const completion = 'completion of pending sign-ins'
const ending = 'ending of pending sign-ins'

export const pendingMutants: readonly Mutant[] = [
  {
    bug: 'attempts are counted after they were read, not atomically',
    theme: 'pending sign-ins',
    caughtByModel: false,
    mutate: (original, state) => ({
      async countPendingSignInAttempt(key, count) {
        const record = state.pendingSignIns.get(key.id)
        await yieldToEventLoop()
        if (record === undefined || record.attempts > count.limit) return null
        state.pendingSignIns.set(key.id, record)
        return original.countPendingSignInAttempt(key, count)
      },
    }),
  },
  {
    bug: 'attempts of an expired pending sign-in count',
    theme: 'pending sign-ins',
    caughtByModel: false,
    mutate: (original) => ({
      countPendingSignInAttempt: (key, count) =>
        original.countPendingSignInAttempt(key, { ...count, at: 0 }),
    }),
  },
  {
    bug: 'the id of a pending sign-in suffices, without its secret',
    theme: 'pending sign-ins',
    caughtByModel: false,
    mutate: (_original, state) => ({
      removePendingSignIn: async ({ id }) => state.pendingSignIns.delete(id),
    }),
  },
  {
    bug: 'pending sign-ins of a user accumulate',
    theme: 'pending sign-ins',
    caughtByModel: false,
    mutate: (original, state) => ({
      async addPendingSignIn(addition) {
        const before = new Map(state.pendingSignIns)
        const added = await original.addPendingSignIn(addition)
        if (addition.replaces === null) {
          for (const [id, record] of before) state.pendingSignIns.set(id, record)
        }
        return added
      },
    }),
  },
  {
    bug: 'a pending sign-in can be completed twice',
    theme: completion,
    caughtByModel: false,
    mutate: (original, state) => ({
      async insert(insertion) {
        const { completes } = insertion
        const record = completes === null ? undefined : state.pendingSignIns.get(completes.id)
        const outcome = await original.insert(insertion)
        if (record !== undefined) state.pendingSignIns.set(record.id, record)
        return outcome
      },
    }),
  },
  {
    bug: 'a pending sign-in is looked up before the insertion, not atomically',
    theme: completion,
    caughtByModel: false,
    mutate: (original, state) => ({
      async insert(insertion) {
        const { record, completes } = insertion
        if (completes === null) return original.insert(insertion)
        if (findCompleted(state, completes, record) === null) {
          return { status: 'refused', reason: 'pending-sign-in-ended' }
        }
        await yieldToEventLoop()
        state.pendingSignIns.delete(completes.id)
        return original.insert({ ...insertion, completes: null })
      },
    }),
  },
  {
    bug: 'a pending sign-in of another user, an expired or an unattempted one can be completed',
    theme: completion,
    caughtByModel: false,
    mutate: (original, state) => ({
      async insert(insertion) {
        const { completes } = insertion
        if (completes === null) return original.insert(insertion)
        const isRemoved = await original.removePendingSignIn(completes)
        if (!isRemoved) return { status: 'refused', reason: 'pending-sign-in-ended' }
        state.pendingSignIns.delete(completes.id)
        return original.insert({ ...insertion, completes: null })
      },
    }),
  },
  {
    bug: 'the end of all sessions leaves pending sign-ins',
    theme: ending,
    caughtByModel: false,
    mutate: (original, state) => ({
      async endByUser(userId, end, except) {
        const before = new Map(state.pendingSignIns)
        const ended = await original.endByUser(userId, end, except)
        for (const [id, record] of before) state.pendingSignIns.set(id, record)
        return ended
      },
    }),
  },
  {
    bug: 'a pending sign-in can be added after all were ended, with credentials checked before',
    theme: ending,
    caughtByModel: false,
    mutate: (_original, state) => ({
      endPendingSignIns: async (userId) => removePendingOf(state, userId),
    }),
  },
]
