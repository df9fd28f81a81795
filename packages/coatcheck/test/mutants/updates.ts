import type { SessionId } from '../../src/domain/session.ts'
import { findUnended, updateRecord } from '../../src/stores/memory/state.ts'
import { type Mutant, yieldToEventLoop } from './mutant.ts'

export const updateMutants: readonly Mutant[] = [
  {
    bug: 'touch revives ended sessions',
    theme: 'activity',
    caughtByModel: true,
    mutate: (_original, state) => ({
      async touch(activities) {
        const revived = { endedAt: null, endReason: null, endedBy: null }
        for (const { id, at } of activities) {
          const record = state.sessions.get(id)
          if (record) updateRecord(state, record, { ...revived, lastActivityAt: at })
        }
        return []
      },
    }),
  },
  {
    bug: 'touch writes to ended sessions',
    theme: 'finality',
    caughtByModel: true,
    mutate: (original, state) => ({
      async touch(activities, precision) {
        const notMoved = await original.touch(activities, precision)
        for (const { id, at } of activities) {
          const record = state.sessions.get(id)
          if (record?.endedAt) updateRecord(state, record, { lastActivityAt: at })
        }
        return notMoved
      },
    }),
  },
  {
    bug: 'touch moves activity back',
    theme: 'activity',
    caughtByModel: true,
    mutate: (original, state) => ({
      async touch(activities, precision) {
        const notMoved = await original.touch(activities, precision)
        for (const { id, at } of activities) {
          const record = findUnended(state, id)
          if (record && at < record.lastActivityAt)
            updateRecord(state, record, { lastActivityAt: at })
        }
        return notMoved
      },
    }),
  },
  {
    bug: 'touch returns no ids that it did not move',
    theme: 'activity',
    caughtByModel: true,
    mutate: (original) => ({
      async touch(activities, precision) {
        await original.touch(activities, precision)
        return []
      },
    }),
  },
  {
    bug: 'touch ignores the precision',
    theme: 'activity',
    caughtByModel: true,
    mutate: (original) => ({ touch: (activities) => original.touch(activities, 0) }),
  },
  {
    bug: 'touch moves activity one millisecond too early for the precision',
    theme: 'activity',
    caughtByModel: false,
    mutate: (original) => ({
      touch: (activities, precision) => original.touch(activities, Math.max(0, precision - 1)),
    }),
  },
  {
    bug: 'touch applies the instants of a batch one by one',
    theme: 'activity batches',
    caughtByModel: true,
    mutate: (original) => ({
      async touch(activities, precision) {
        const notMoved: SessionId[] = []
        for (const activity of activities) {
          notMoved.push(...(await original.touch([activity], precision)))
        }
        return notMoved
      },
    }),
  },
  {
    bug: 'touch extends expired sessions',
    theme: 'activity',
    caughtByModel: true,
    mutate: (_original, state) => ({
      async touch(activities) {
        for (const { id, at } of activities) {
          const record = findUnended(state, id)
          if (record && at > record.lastActivityAt)
            updateRecord(state, record, { lastActivityAt: at })
        }
        return []
      },
    }),
  },
  {
    bug: 'rotation does not compare the current secret',
    theme: 'rotation',
    caughtByModel: true,
    mutate: (original, state) => ({
      async replaceSecret(id, replacement) {
        const from = state.sessions.get(id)?.secretHash ?? replacement.from
        return original.replaceSecret(id, { ...replacement, from })
      },
    }),
  },
  {
    bug: 'rotation compares the secret before the write, not atomically',
    theme: 'rotation',
    caughtByModel: true,
    mutate: (original, state) => ({
      async replaceSecret(id, replacement) {
        const record = await original.find(id)
        if (record?.secretHash.join() !== replacement.from.join()) return false
        await yieldToEventLoop()
        const from = state.sessions.get(id)?.secretHash ?? replacement.from
        return original.replaceSecret(id, { ...replacement, from })
      },
    }),
  },
  {
    bug: 'rotation changes ended sessions',
    theme: 'rotation',
    caughtByModel: true,
    mutate: (original, state) => ({
      async replaceSecret(id, replacement) {
        const record = state.sessions.get(id)
        if (!record?.endedAt) return original.replaceSecret(id, replacement)
        updateRecord(state, record, { secretHash: replacement.to })
        return true
      },
    }),
  },
  {
    bug: 'rotation does not check timeouts',
    theme: 'rotation',
    caughtByModel: true,
    mutate: (original) => ({
      replaceSecret: (id, replacement) => original.replaceSecret(id, { ...replacement, at: 0 }),
    }),
  },
  {
    bug: 'rotation ignores an authentication',
    theme: 'rotation',
    caughtByModel: true,
    mutate: (original) => ({
      replaceSecret: (id, replacement) =>
        original.replaceSecret(id, { ...replacement, authentication: null }),
    }),
  },
  {
    bug: 'every rotation counts as an authentication',
    theme: 'rotation',
    caughtByModel: true,
    mutate: (original, state) => ({
      replaceSecret(id, replacement) {
        const expiresAt = state.sessions.get(id)?.expiresAt ?? 0
        return original.replaceSecret(id, { ...replacement, authentication: { expiresAt } })
      },
    }),
  },
  {
    bug: 'rotation does not store the previous secret',
    theme: 'rotation',
    caughtByModel: true,
    mutate: (original, state) => ({
      async replaceSecret(id, replacement) {
        const replaced = await original.replaceSecret(id, replacement)
        const record = findUnended(state, id)
        if (replaced && record) updateRecord(state, record, { previousSecretHash: null })
        return replaced
      },
    }),
  },
  {
    bug: 'replaceData does not increment the version',
    theme: 'data',
    caughtByModel: true,
    mutate: (_original, state) => ({
      async replaceData(id, { from, data }) {
        const record = findUnended(state, id)
        if (record?.dataVersion !== from) return false
        updateRecord(state, record, { data })
        return true
      },
    }),
  },
  {
    bug: 'replaceData overwrites any version',
    theme: 'data',
    caughtByModel: true,
    mutate: (original, state) => ({
      async replaceData(id, { data }) {
        return original.replaceData(id, { data, from: state.sessions.get(id)?.dataVersion ?? 0 })
      },
    }),
  },
  {
    bug: 'replaceData that started before the end writes after it',
    theme: 'finality',
    caughtByModel: true,
    mutate: (original, state) => ({
      async replaceData(id, { from, data }) {
        const record = await original.find(id)
        if (record === null || record.endedAt !== null || record.dataVersion !== from) return false
        await yieldToEventLoop()
        updateRecord(state, record, { data, dataVersion: from + 1 })
        return true
      },
    }),
  },
]
