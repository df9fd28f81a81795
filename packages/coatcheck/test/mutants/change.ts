import type { SessionId } from '../../src/domain/session.ts'
import { change, findUnended } from '../../src/stores/memory/state.ts'
import { type Mutant, pause } from './mutant.ts'

export const changeMutants: readonly Mutant[] = [
  {
    bug: 'touch revives',
    theme: 'activity',
    seenByModel: true,
    mutate: (_honest, state) => ({
      async touch(activities) {
        const revived = { endedAt: null, endReason: null, endedBy: null }
        for (const { id, at } of activities) {
          const record = state.sessions.get(id)
          if (record) change(state, record, { ...revived, lastActivityAt: at })
        }
        return []
      },
    }),
  },
  {
    bug: 'touch writes to ended sessions',
    theme: 'finality',
    seenByModel: true,
    mutate: (honest, state) => ({
      async touch(activities, precision) {
        const notMoved = await honest.touch(activities, precision)
        for (const { id, at } of activities) {
          const record = state.sessions.get(id)
          if (record?.endedAt) change(state, record, { lastActivityAt: at })
        }
        return notMoved
      },
    }),
  },
  {
    bug: 'touch moves activity back',
    theme: 'activity',
    seenByModel: true,
    mutate: (honest, state) => ({
      async touch(activities, precision) {
        const notMoved = await honest.touch(activities, precision)
        for (const { id, at } of activities) {
          const record = findUnended(state, id)
          if (record && at < record.lastActivityAt) change(state, record, { lastActivityAt: at })
        }
        return notMoved
      },
    }),
  },
  {
    bug: 'touch says of none that it was not moved',
    theme: 'activity',
    seenByModel: true,
    mutate: (honest) => ({
      async touch(activities, precision) {
        await honest.touch(activities, precision)
        return []
      },
    }),
  },
  {
    bug: 'touch ignores the precision',
    theme: 'activity',
    seenByModel: true,
    mutate: (honest) => ({ touch: (activities) => honest.touch(activities, 0) }),
  },
  {
    bug: 'touch is one millisecond too precise',
    theme: 'activity',
    seenByModel: false,
    mutate: (honest) => ({
      touch: (activities, precision) => honest.touch(activities, Math.max(0, precision - 1)),
    }),
  },
  {
    bug: 'touch takes the instants of a batch one by one',
    theme: 'activity in batches',
    seenByModel: true,
    mutate: (honest) => ({
      async touch(activities, precision) {
        const notMoved: SessionId[] = []
        for (const activity of activities) {
          notMoved.push(...(await honest.touch([activity], precision)))
        }
        return notMoved
      },
    }),
  },
  {
    bug: 'touch keeps an idle session from expiring',
    theme: 'activity',
    seenByModel: true,
    mutate: (_honest, state) => ({
      async touch(activities) {
        for (const { id, at } of activities) {
          const record = findUnended(state, id)
          if (record && at > record.lastActivityAt) change(state, record, { lastActivityAt: at })
        }
        return []
      },
    }),
  },
  {
    bug: 'rotation does not ask which secret is in force',
    theme: 'rotation',
    seenByModel: true,
    mutate: (honest, state) => ({
      async replaceSecret(id, replacement) {
        const from = state.sessions.get(id)?.secretHash ?? replacement.from
        return honest.replaceSecret(id, { ...replacement, from })
      },
    }),
  },
  {
    bug: 'rotation asks first and writes later',
    theme: 'rotation',
    seenByModel: true,
    mutate: (honest, state) => ({
      async replaceSecret(id, replacement) {
        const record = await honest.find(id)
        if (record?.secretHash.join() !== replacement.from.join()) return false
        await pause()
        const from = state.sessions.get(id)?.secretHash ?? replacement.from
        return honest.replaceSecret(id, { ...replacement, from })
      },
    }),
  },
  {
    bug: 'rotation works on ended sessions',
    theme: 'rotation',
    seenByModel: true,
    mutate: (honest, state) => ({
      async replaceSecret(id, replacement) {
        const record = state.sessions.get(id)
        if (!record?.endedAt) return honest.replaceSecret(id, replacement)
        change(state, record, { secretHash: replacement.to })
        return true
      },
    }),
  },
  {
    bug: 'rotation judges no timeout',
    theme: 'rotation',
    seenByModel: true,
    mutate: (honest) => ({
      replaceSecret: (id, replacement) => honest.replaceSecret(id, { ...replacement, at: 0 }),
    }),
  },
  {
    bug: 'rotation takes no note of an authentication',
    theme: 'rotation',
    seenByModel: true,
    mutate: (honest) => ({
      replaceSecret: (id, replacement) =>
        honest.replaceSecret(id, { ...replacement, authentication: null }),
    }),
  },
  {
    bug: 'every rotation counts as an authentication',
    theme: 'rotation',
    seenByModel: true,
    mutate: (honest, state) => ({
      replaceSecret(id, replacement) {
        const expiresAt = state.sessions.get(id)?.expiresAt ?? 0
        return honest.replaceSecret(id, { ...replacement, authentication: { expiresAt } })
      },
    }),
  },
  {
    bug: 'rotation forgets the secret before',
    theme: 'rotation',
    seenByModel: true,
    mutate: (honest, state) => ({
      async replaceSecret(id, replacement) {
        const replaced = await honest.replaceSecret(id, replacement)
        const record = findUnended(state, id)
        if (replaced && record) change(state, record, { previousSecretHash: null })
        return replaced
      },
    }),
  },
  {
    bug: 'a save does not count the version up',
    theme: 'data',
    seenByModel: true,
    mutate: (_honest, state) => ({
      async replaceData(id, { from, data }) {
        const record = findUnended(state, id)
        if (record?.dataVersion !== from) return false
        change(state, record, { data })
        return true
      },
    }),
  },
  {
    bug: 'data of any version is overwritten',
    theme: 'data',
    seenByModel: true,
    mutate: (honest, state) => ({
      async replaceData(id, { data }) {
        return honest.replaceData(id, { data, from: state.sessions.get(id)?.dataVersion ?? 0 })
      },
    }),
  },
  {
    bug: 'a save that began before the end lands after it',
    theme: 'finality',
    seenByModel: true,
    mutate: (honest, state) => ({
      async replaceData(id, { from, data }) {
        const record = await honest.find(id)
        if (record === null || record.endedAt !== null || record.dataVersion !== from) return false
        await pause()
        change(state, record, { data, dataVersion: from + 1 })
        return true
      },
    }),
  },
]
