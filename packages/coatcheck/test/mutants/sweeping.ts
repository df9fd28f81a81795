import { expiry } from '../../src/domain/session.ts'
import { change } from '../../src/stores/memory/state.ts'
import { type Mutant, pause } from './mutant.ts'

export const sweepingMutants: readonly Mutant[] = [
  {
    bug: 'the sweep ignores the grace',
    theme: 'sweeping',
    seenByModel: true,
    mutate: (honest) => ({ endExpired: (sweep) => honest.endExpired({ ...sweep, idleGrace: 0 }) }),
  },
  {
    bug: 'the grace is a millisecond short',
    theme: 'sweeping',
    seenByModel: false,
    mutate: (honest) => ({
      endExpired: (sweep) => honest.endExpired({ ...sweep, idleGrace: sweep.idleGrace - 1 }),
    }),
  },
  {
    bug: 'the sweep stops after the first portion',
    theme: 'sweeping',
    seenByModel: true,
    mutate: (honest) => ({
      endExpired: async (sweep) => ({ ...(await honest.endExpired(sweep)), next: null }),
    }),
  },
  {
    bug: 'the sweep calls every end an idle timeout',
    theme: 'sweeping',
    seenByModel: true,
    mutate: (honest) => ({
      async endExpired(sweep) {
        const { ended, next } = await honest.endExpired(sweep)
        return { ended: ended.map((each) => ({ ...each, reason: 'idle-timeout' as const })), next }
      },
    }),
  },
  {
    bug: 'two sweeps at once end the same session',
    theme: 'sweeping beside others',
    seenByModel: true,
    mutate: (honest, state) => ({
      async endExpired(sweep) {
        const unended = [...state.sessions.values()].filter((record) => record.endedAt === null)
        await pause()
        const ended = unended.flatMap((record) => {
          const reason = expiry(record, sweep.at)
          return reason === null ? [] : [{ id: record.id, userId: record.userId, reason }]
        })
        await honest.endExpired({ ...sweep, limit: 1_000 })
        return { ended, next: null }
      },
    }),
  },
  {
    bug: 'the sweep ends what a touch kept alive meanwhile',
    theme: 'sweeping beside others',
    seenByModel: true,
    mutate: (honest, state) => ({
      async endExpired(sweep) {
        const seen = new Map(state.sessions)
        await pause()
        for (const [id, record] of state.sessions) {
          const lastActivityAt = seen.get(id)?.lastActivityAt ?? record.lastActivityAt
          const moved = lastActivityAt !== record.lastActivityAt && record.endedAt === null
          if (!moved || expiry({ ...record, lastActivityAt }, sweep.at) === null) continue
          change(state, record, { endedAt: sweep.at, endReason: 'idle-timeout' })
        }
        return honest.endExpired(sweep)
      },
    }),
  },
  {
    bug: 'purge removes every ended session',
    theme: 'purging',
    seenByModel: true,
    mutate: (honest) => ({ purge: (_before, limit) => honest.purge(Infinity, limit) }),
  },
  {
    bug: 'purge removes what ended at the very instant',
    theme: 'purging',
    seenByModel: true,
    mutate: (honest) => ({ purge: (before, limit) => honest.purge(before + 1, limit) }),
  },
  {
    bug: 'purge ignores the limit',
    theme: 'purging',
    seenByModel: true,
    mutate: (honest) => ({ purge: (before) => honest.purge(before, 1_000) }),
  },
  {
    bug: 'purge removes what has expired but not ended',
    theme: 'purging',
    seenByModel: true,
    mutate: (honest, state) => ({
      async purge(before, limit) {
        for (const record of state.sessions.values()) {
          if (expiry(record, before) !== null) state.sessions.delete(record.id)
        }
        return honest.purge(before, limit)
      },
    }),
  },
]
