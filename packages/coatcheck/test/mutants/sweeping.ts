import { expiry } from '../../src/domain/session.ts'
import { updateRecord } from '../../src/stores/memory/state.ts'
import { type Mutant, yieldToEventLoop } from './mutant.ts'

export const sweepingMutants: readonly Mutant[] = [
  {
    bug: 'the sweep ignores the grace',
    theme: 'sweeping',
    caughtByModel: true,
    mutate: (original) => ({
      endExpired: (sweep) => original.endExpired({ ...sweep, idleGrace: 0 }),
    }),
  },
  {
    bug: 'the sweep ends sessions that a clock ahead considers expired',
    theme: 'wrong clocks',
    caughtByModel: false,
    mutate: (original, state) => ({
      async endExpired(sweep) {
        for (const record of state.sessions.values()) {
          const reason = record.endedAt === null ? expiry(record, sweep.at) : null
          if (reason !== null) updateRecord(state, record, { endedAt: sweep.at, endReason: reason })
        }
        return original.endExpired(sweep)
      },
    }),
  },
  {
    bug: 'the grace is one millisecond too short',
    theme: 'sweeping',
    caughtByModel: false,
    mutate: (original) => ({
      endExpired: (sweep) => original.endExpired({ ...sweep, idleGrace: sweep.idleGrace - 1 }),
    }),
  },
  {
    bug: 'the sweep stops after the first page',
    theme: 'sweeping',
    caughtByModel: true,
    mutate: (original) => ({
      endExpired: async (sweep) => ({ ...(await original.endExpired(sweep)), next: null }),
    }),
  },
  {
    bug: 'the sweep records every end as an idle timeout',
    theme: 'sweeping',
    caughtByModel: true,
    mutate: (original) => ({
      async endExpired(sweep) {
        const { ended, next } = await original.endExpired(sweep)
        return { ended: ended.map((each) => ({ ...each, reason: 'idle-timeout' as const })), next }
      },
    }),
  },
  {
    bug: 'two concurrent sweeps end the same session',
    theme: 'concurrent sweeping',
    caughtByModel: true,
    mutate: (original, state) => ({
      async endExpired(sweep) {
        const unended = [...state.sessions.values()].filter((record) => record.endedAt === null)
        await yieldToEventLoop()
        const ended = unended.flatMap((record) => {
          const reason = expiry(record, sweep.at)
          const { id, userId, createdAt } = record
          return reason === null ? [] : [{ id, userId, createdAt, reason }]
        })
        await original.endExpired({ ...sweep, limit: 1_000 })
        return { ended, next: null }
      },
    }),
  },
  {
    bug: 'the sweep ends a session that was touched meanwhile',
    theme: 'concurrent sweeping',
    caughtByModel: true,
    mutate: (original, state) => ({
      async endExpired(sweep) {
        const previous = new Map(state.sessions)
        await yieldToEventLoop()
        for (const [id, record] of state.sessions) {
          const lastActivityAt = previous.get(id)?.lastActivityAt ?? record.lastActivityAt
          const moved = lastActivityAt !== record.lastActivityAt && record.endedAt === null
          if (!moved || expiry({ ...record, lastActivityAt }, sweep.at) === null) continue
          updateRecord(state, record, { endedAt: sweep.at, endReason: 'idle-timeout' })
        }
        return original.endExpired(sweep)
      },
    }),
  },
  {
    bug: 'insert keeps every ended session of the user',
    theme: 'purging',
    caughtByModel: false,
    mutate: (original, state) => ({
      async insert(insertion) {
        const before = [...state.sessions.values()].filter(({ endedAt }) => endedAt !== null)
        const outcome = await original.insert(insertion)
        for (const record of before) state.sessions.set(record.id, record)
        return outcome
      },
    }),
  },
  {
    bug: 'purge removes every ended session',
    theme: 'purging',
    caughtByModel: true,
    mutate: (original) => ({ purge: (_before, limit) => original.purge(Infinity, limit) }),
  },
  {
    bug: 'purge removes sessions that ended exactly at the instant',
    theme: 'purging',
    caughtByModel: true,
    mutate: (original) => ({ purge: (before, limit) => original.purge(before + 1, limit) }),
  },
  {
    bug: 'purge ignores the limit',
    theme: 'purging',
    caughtByModel: true,
    mutate: (original) => ({ purge: (before) => original.purge(before, 1_000) }),
  },
  {
    bug: 'purge removes expired sessions that have not ended',
    theme: 'purging',
    caughtByModel: true,
    mutate: (original, state) => ({
      async purge(before, limit) {
        for (const record of state.sessions.values()) {
          if (expiry(record, before) !== null) state.sessions.delete(record.id)
        }
        return original.purge(before, limit)
      },
    }),
  },
  {
    bug: 'countUnended counts ended sessions',
    theme: 'counting',
    caughtByModel: false,
    mutate: (_original, state) => ({
      countUnended: async () => ({ count: state.sessions.size, next: null }),
    }),
  },
  {
    bug: 'countUnended ends after the first page',
    theme: 'counting',
    caughtByModel: false,
    mutate: (original) => ({
      async countUnended(page) {
        const counted = (await original.countUnended?.(page)) ?? null
        return counted && { ...counted, next: null }
      },
    }),
  },
]
