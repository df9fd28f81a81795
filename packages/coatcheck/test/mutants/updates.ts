import { mergeMethods } from '../../src/domain/authentication.ts'
import { SessionError } from '../../src/domain/errors.ts'
import type { SessionId } from '../../src/domain/session.ts'
import { findUnended, updateRecord } from '../../src/stores/memory/state.ts'
import { anAuthentication } from '../../src/testing/fixtures.ts'
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
    bug: 'an authentication keeps the old methods',
    theme: 'methods',
    caughtByModel: true,
    mutate: (original, state) => ({
      replaceSecret(id, replacement) {
        const { authentication } = replacement
        const { methods = [], previousMethods = [] } = state.sessions.get(id) ?? {}
        const kept = authentication && { ...authentication, methods, previousMethods }
        return original.replaceSecret(id, { ...replacement, authentication: kept })
      },
    }),
  },
  {
    bug: 'an authentication only adds methods',
    theme: 'methods',
    caughtByModel: true,
    mutate: (original, state) => ({
      replaceSecret(id, replacement) {
        const { authentication } = replacement
        const stored = state.sessions.get(id)?.methods ?? []
        const methods = mergeMethods(stored, authentication?.methods ?? [])
        const added = authentication && { ...authentication, methods }
        return original.replaceSecret(id, { ...replacement, authentication: added })
      },
    }),
  },
  {
    bug: 'the level is stored, not derived',
    theme: 'methods',
    caughtByModel: false,
    mutate: (original, state) => ({
      async insert(insertion) {
        const outcome = await original.insert(insertion)
        const { id, assuranceLevel } = insertion.record
        const record = state.sessions.get(id)
        if (record) updateRecord(state, record, { assuranceLevel })
        return outcome
      },
    }),
  },
  {
    bug: 'every rotation counts as an authentication',
    theme: 'rotation',
    caughtByModel: true,
    mutate: (original, state) => ({
      replaceSecret(id, replacement) {
        const expiresAt = state.sessions.get(id)?.expiresAt ?? 0
        return original.replaceSecret(id, {
          ...replacement,
          authentication: anAuthentication({ expiresAt }),
        })
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
    bug: 'updateData does not increment the version',
    theme: 'data',
    caughtByModel: true,
    mutate: (_original, state) => ({
      async updateData(id, update) {
        const record = findUnended(state, id)
        if (record === null) return false
        updateRecord(state, record, { data: update(record) ?? record.data })
        return true
      },
    }),
  },
  {
    bug: 'updateData reads before it waits for concurrent updates',
    theme: 'data',
    caughtByModel: true,
    mutate: (original) => ({
      async updateData(id, update) {
        const record = await original.find(id)
        if (record === null) return false
        await yieldToEventLoop()
        return original.updateData(id, () => update(record))
      },
    }),
  },
  {
    bug: 'updateData gives up after ten lost compare-and-swaps',
    theme: 'data',
    caughtByModel: false,
    mutate: (original) => ({
      async updateData(id, update) {
        for (let attempt = 0; attempt < 10; attempt += 1) {
          const before = await original.find(id)
          await yieldToEventLoop()
          let isLost = false
          const updated = await original.updateData(id, (record) => {
            isLost = record.dataVersion !== before?.dataVersion
            return isLost ? null : update(record)
          })
          if (!isLost) return updated
        }
        throw new SessionError('store-unavailable', 'lost 10 times')
      },
    }),
  },
  {
    bug: 'updateData writes back the whole record',
    theme: 'data',
    caughtByModel: true,
    mutate: (original, state) => ({
      async updateData(id, update) {
        const record = await original.find(id)
        if (record === null || record.endedAt !== null) return false
        const data = update(record)
        await yieldToEventLoop()
        if (data === null || findUnended(state, id) === null) return true
        updateRecord(state, record, { ...record, data, dataVersion: record.dataVersion + 1 })
        return true
      },
    }),
  },
  {
    bug: 'updateData writes even if the update returns null',
    theme: 'data',
    caughtByModel: true,
    mutate: (original) => ({
      updateData: (id, update) =>
        original.updateData(id, (record) => update(record) ?? record.data),
    }),
  },
  {
    bug: 'updateData stores something although the update throws',
    theme: 'data',
    caughtByModel: false,
    mutate: (original, state) => ({
      updateData(id, update) {
        const record = findUnended(state, id)
        if (record) updateRecord(state, record, { dataVersion: record.dataVersion + 1 })
        return original.updateData(id, (current) =>
          update({ ...current, dataVersion: current.dataVersion - 1 }),
        )
      },
    }),
  },
  {
    bug: 'updateData that started before the end writes after it',
    theme: 'finality',
    caughtByModel: true,
    mutate: (original, state) => ({
      async updateData(id, update) {
        const record = await original.find(id)
        if (record === null || record.endedAt !== null) return false
        const data = update(record)
        await yieldToEventLoop()
        if (data !== null)
          updateRecord(state, record, { data, dataVersion: record.dataVersion + 1 })
        return true
      },
    }),
  },
]
