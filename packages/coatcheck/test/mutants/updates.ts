import type { SessionId } from '../../src/domain/session.ts'
import { findUnended, updateRecord } from '../../src/stores/memory/state.ts'
import { type Mutant, yieldToEventLoop } from './mutant.ts'

export const updateMutants: readonly Mutant[] = [
  {
    bug: 'touch revives',
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
    bug: 'touch says of none that it was not moved',
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
    bug: 'touch is one millisecond too precise',
    theme: 'activity',
    caughtByModel: false,
    mutate: (original) => ({
      touch: (activities, precision) => original.touch(activities, Math.max(0, precision - 1)),
    }),
  },
  {
    bug: 'touch takes the instants of a batch one by one',
    theme: 'activity in batches',
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
    bug: 'touch keeps an idle session from expiring',
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
    bug: 'rotation does not ask which secret is in force',
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
    bug: 'rotation asks first and writes later',
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
    bug: 'rotation works on ended sessions',
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
    bug: 'rotation judges no timeout',
    theme: 'rotation',
    caughtByModel: true,
    mutate: (original) => ({
      replaceSecret: (id, replacement) => original.replaceSecret(id, { ...replacement, at: 0 }),
    }),
  },
  {
    bug: 'rotation takes no note of an authentication',
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
    bug: 'rotation forgets the secret before',
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
    bug: 'a save does not count the version up',
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
    bug: 'data of any version is overwritten',
    theme: 'data',
    caughtByModel: true,
    mutate: (original, state) => ({
      async replaceData(id, { data }) {
        return original.replaceData(id, { data, from: state.sessions.get(id)?.dataVersion ?? 0 })
      },
    }),
  },
  {
    bug: 'a save that began before the end lands after it',
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
