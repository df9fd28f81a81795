import { grantExpiry } from '../../src/domain/grant.ts'
import { type GrantMutant, overwrite } from './grant-mutant.ts'
import { yieldToEventLoop } from './mutant.ts'

const throughCursor = 'endExpired checks every grant through the cursor, whatever the limit'

export const grantReadingMutants: readonly GrantMutant[] = [
  {
    bug: 'find hides grants that have ended, so that reuse is not detected',
    caughtBy: 'find returns a grant that has expired or ended',
    caughtByModel: true,
    mutate: (original) => ({
      async find(id) {
        const record = await original.find(id)
        return record?.endedAt == null ? record : null
      },
    }),
  },
  {
    bug: 'find compares ids without case',
    caughtBy: 'finds nothing under ids that only resemble an existing one',
    caughtByModel: true,
    mutate: (_original, state) => ({
      async find(id) {
        const found = [...state.grants.values()].find(
          (each) => each.id.toLowerCase() === id.toLowerCase(),
        )
        return found ?? null
      },
    }),
  },
  {
    bug: 'listByUser returns grants that have ended',
    caughtBy: 'listByUser omits grants that have ended or are past a timeout, to the millisecond',
    caughtByModel: true,
    mutate: (_original, state) => ({
      listByUser: async (userId, at) =>
        [...state.grants.values()].filter(
          (each) => each.userId === userId && grantExpiry(each, at) === null,
        ),
    }),
  },
  {
    bug: 'listByUser ignores the idle timeout',
    caughtBy: 'listByUser omits grants that have ended or are past a timeout, to the millisecond',
    caughtByModel: true,
    mutate: (_original, state) => ({
      listByUser: async (userId, at) =>
        [...state.grants.values()].filter(
          (each) => each.userId === userId && each.endedAt === null && at < each.expiresAt,
        ),
    }),
  },
  {
    bug: 'listByUser returns the oldest first',
    caughtBy: 'listByUser returns the newest first, then by id ascending',
    caughtByModel: true,
    mutate: (original) => ({
      listByUser: async (userId, at) => (await original.listByUser(userId, at)).toReversed(),
    }),
  },
  {
    bug: 'the sweep ends grants that have not expired',
    caughtBy: 'endExpired ends grants past their absolute deadline, to the millisecond',
    caughtByModel: true,
    mutate: (original) => ({
      endExpired: (sweep) => original.endExpired({ ...sweep, at: sweep.at + 1 }),
    }),
  },
  {
    bug: 'the sweep ignores the idle timeout',
    caughtBy: 'endExpired ends grants past their idle deadline, to the millisecond',
    caughtByModel: true,
    mutate: (original, state) => ({
      async endExpired(sweep) {
        const timeouts = [...state.grants.values()].map(({ id, idleTimeout }) => ({
          id,
          idleTimeout,
        }))
        for (const { id } of timeouts) overwrite(state, id, { idleTimeout: 1e15 })
        const outcome = await original.endExpired(sweep)
        for (const { id, idleTimeout } of timeouts) overwrite(state, id, { idleTimeout })
        return outcome
      },
    }),
  },
  {
    bug: 'the sweep stops after the first page',
    caughtBy: throughCursor,
    caughtByModel: true,
    mutate: (original) => ({
      endExpired: async (sweep) => ({ ...(await original.endExpired(sweep)), next: null }),
    }),
  },
  {
    bug: 'the sweep skips a grant at each page',
    caughtBy: throughCursor,
    caughtByModel: true,
    mutate: (original, state) => ({
      async endExpired(sweep) {
        const outcome = await original.endExpired(sweep)
        const { next } = outcome
        if (next === null) return outcome
        const after = [...state.grants.keys()].filter((id) => id > next).toSorted()[0]
        return { ...outcome, next: after ?? null }
      },
    }),
  },
  {
    bug: 'the sweep ends and returns grants that another sweep has ended',
    caughtBy: 'endExpired ends and returns each grant once in concurrent sweeps',
    caughtByModel: false,
    mutate: (original, state) => ({
      async endExpired(sweep) {
        const before = new Map(state.grants)
        await yieldToEventLoop()
        const outcome = await original.endExpired(sweep)
        const due = [...before.values()].filter(
          (each) => each.endedAt === null && grantExpiry(each, sweep.at) !== null,
        )
        const ended = due
          .slice(0, sweep.limit)
          .map(({ id, userId, clientId }) => ({ id, userId, clientId, reason }))
        return { ...outcome, ended }
      },
    }),
  },
  {
    bug: 'the sweep trusts a clock that is ahead',
    caughtBy: 'endExpired by a clock that is ahead ends no grant that is live',
    caughtByModel: false,
    mutate: (original) => ({
      async endExpired(sweep) {
        const outcome = await original.endExpired(sweep)
        if (sweep.at <= Date.now()) return outcome
        const ended = [{ id: 'a', userId: 'u', clientId: 'c', reason }] as never
        return { ...outcome, ended }
      },
    }),
  },
  {
    bug: 'purge removes grants that have not ended',
    caughtBy: 'purge removes up to the limit of grants that ended before the instant',
    caughtByModel: true,
    mutate: (original, state) => ({
      async purge(endedBefore, limit) {
        for (const [id, each] of state.grants) {
          if (each.expiresAt < endedBefore) state.grants.delete(id)
        }
        return original.purge(endedBefore, limit)
      },
    }),
  },
  {
    bug: 'purge ignores the limit',
    caughtBy: 'purge removes up to the limit of grants that ended before the instant',
    caughtByModel: true,
    mutate: (original) => ({ purge: (endedBefore) => original.purge(endedBefore, 1_000) }),
  },
  {
    bug: 'purge deletes the instants at which all grants of a user ended',
    caughtBy: 'insert still refuses outdated authorizations after the purge',
    caughtByModel: true,
    mutate: (original, state) => ({
      async purge(endedBefore, limit) {
        state.endedAllAt.clear()
        return original.purge(endedBefore, limit)
      },
    }),
  },
]

const reason = 'absolute-timeout' as const
