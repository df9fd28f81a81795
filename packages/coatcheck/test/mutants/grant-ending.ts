import type { GrantRecord } from '../../src/domain/grant.ts'
import type { EndedGrant, GrantEnding, GrantStore } from '../../src/ports/grant-store.ts'
import { type GrantState, unendedGrants, updateGrant } from '../../src/stores/memory/grant-state.ts'
import { type GrantMutant, overwrite } from './grant-mutant.ts'
import { yieldToEventLoop } from './mutant.ts'

const reported = 'the channel reports every change of a grant, made through any connection'

export const grantEndingMutants: readonly GrantMutant[] = [
  {
    bug: 'end deletes the grant, so that a stolen refresh token is unknown',
    caughtBy: 'end records the instant, the reason and the actor, and changes nothing else',
    caughtByModel: true,
    mutate: (original, state) => ({
      async end(id, ending) {
        const ended = await original.end(id, ending)
        if (ended !== null) state.grants.delete(id)
        return ended
      },
    }),
  },
  {
    bug: 'a second end overwrites the first',
    caughtBy: 'end returns null for an ended grant and keeps its first ending',
    caughtByModel: true,
    mutate: (original, state) => ({
      async end(id, ending) {
        overwrite(state, id, { endedAt: null, endReason: null, endedBy: null })
        return original.end(id, ending)
      },
    }),
  },
  {
    bug: 'two concurrent ends both report success',
    caughtBy: 'end succeeds for exactly one of many concurrent calls, whose ending is stored',
    caughtByModel: true,
    mutate: (original) => ({
      async end(id, ending) {
        const record = await original.find(id)
        if (record === null || record.endedAt !== null) return null
        await yieldToEventLoop()
        await original.end(id, ending)
        const { userId, clientId } = record
        return { id, userId, clientId, reason: ending.reason }
      },
    }),
  },
  {
    bug: 'end stores only reasons of a fixed list',
    caughtBy: 'end, endByUser and endByClient accept every reason, also those of applications',
    caughtByModel: false,
    mutate: (original) => ({
      end(id, ending) {
        const isKnown = ending.reason !== 'banned-by-the-app-2'
        const reason = isKnown ? ending.reason : 'ended-by-operator'
        return original.end(id, { ...ending, reason })
      },
    }),
  },
  {
    bug: 'end ignores a grant that has expired',
    caughtBy: 'end does not check timeouts: it ends an expired grant',
    caughtByModel: true,
    mutate: (original) => ({
      async end(id, ending) {
        const record = await original.find(id)
        const isExpired = record !== null && ending.at >= record.expiresAt
        return isExpired ? null : original.end(id, ending)
      },
    }),
  },
  {
    bug: 'endByUser ends only grants that have not expired',
    caughtBy: 'endByUser ends and returns every grant of the user, to whatever client',
    caughtByModel: true,
    mutate: (original) => ({
      async endByUser(userId, ending) {
        const live = await original.listByUser(userId, ending.at)
        const ended = await Promise.all(live.map(({ id }) => original.end(id, ending)))
        return ended.filter((each) => each !== null)
      },
    }),
  },
  {
    bug: 'endByUser compares user ids without case',
    caughtBy: 'endByUser does not change grants of other users or grants that have ended',
    caughtByModel: true,
    mutate: (original, state) => ({
      async endByUser(userId, ending) {
        const lowerCase = userId.toLowerCase()
        const own = [...state.grants.values()].filter(
          (each) => each.userId.toLowerCase() === lowerCase,
        )
        const ended = await Promise.all(own.map(({ id }) => original.end(id, ending)))
        await original.endByUser(userId, ending)
        return ended.filter((each) => each !== null)
      },
    }),
  },
  {
    bug: 'endByUser does not record its instant',
    caughtBy: 'insert refuses outdated authorizations of a user who had no grant to end',
    caughtByModel: true,
    mutate: (original, state) => ({
      async endByUser(userId, ending) {
        const ended = await original.endByUser(userId, ending)
        state.endedAllAt.clear()
        return ended
      },
    }),
  },
  {
    bug: 'endByUser with an earlier instant replaces a later one',
    caughtBy: 'insert compares with the latest end of all grants, whatever the order of calls',
    caughtByModel: true,
    mutate: (original, state) => ({
      async endByUser(userId, ending) {
        state.endedAllAt.delete(userId)
        return original.endByUser(userId, ending)
      },
    }),
  },
  {
    bug: 'endByUser records an instant ahead of the clock of the store',
    caughtBy: 'endByUser by a clock that is ahead refuses only authorizations from before',
    caughtByModel: false,
    mutate: (original, state) => ({
      async endByUser(userId, ending) {
        const ended = await original.endByUser(userId, ending)
        if (ending.at > Date.now()) state.endedAllAt.set(userId, Date.now() + 30_000)
        return ended
      },
    }),
  },
  {
    bug: 'endByUser refuses authorizations of all users',
    caughtBy: 'insert refuses outdated authorizations of that user only',
    caughtByModel: false,
    mutate: (original, state) => ({
      async endByUser(userId, ending) {
        const ended = await original.endByUser(userId, ending)
        for (const other of ['Ada', 'ada ', 'grace']) state.endedAllAt.set(other, ending.at)
        return ended
      },
    }),
  },
  {
    bug: 'endByUser lists the grants before it ends them, not atomically',
    caughtBy:
      'endByUser leaves no grant live after concurrent insertions with older authorizations',
    caughtByModel: true,
    mutate: (original, state) => ({
      async endByUser(userId, ending) {
        const own = [...state.grants.values()].filter((each) => each.userId === userId)
        await yieldToEventLoop()
        const ended = await Promise.all(own.map(({ id }) => original.end(id, ending)))
        state.endedAllAt.set(userId, ending.at)
        return ended.filter((each) => each !== null)
      },
    }),
  },
  {
    bug: 'endByUser skips a grant that a refresh changes meanwhile',
    caughtBy: 'endByUser and endByClient end a grant that is being refreshed',
    caughtByModel: true,
    mutate: (original, state) => ({
      endByUser: (userId, ending) =>
        endUnlessRefreshed({ original, state }, ending, (each) => each.userId === userId),
    }),
  },
  {
    bug: 'endByClient skips a grant that is locked by a refresh',
    caughtBy: 'endByUser and endByClient end a grant that is being refreshed',
    caughtByModel: true,
    mutate: (original, state) => ({
      endByClient: (clientId, ending) =>
        endUnlessRefreshed({ original, state }, ending, (each) => each.clientId === clientId),
    }),
  },
  {
    bug: 'endByClient ends every grant of the client, whatever the limit',
    caughtBy: 'endByClient ends up to the limit, and fewer only if none is left',
    caughtByModel: true,
    mutate: (original) => ({
      endByClient: (clientId, ending) => original.endByClient(clientId, ending, 1_000),
    }),
  },
  {
    bug: 'endByClient ends fewer than the limit although some are left',
    caughtBy: 'endByClient ends up to the limit, and fewer only if none is left',
    caughtByModel: true,
    mutate: (original) => ({
      endByClient: (clientId, ending, limit) =>
        original.endByClient(clientId, ending, Math.max(1, limit - 1)),
    }),
  },
  {
    bug: 'endByClient compares client ids without case',
    caughtBy: 'endByClient does not change grants of other clients or grants that have ended',
    caughtByModel: false,
    mutate: (original, state) => ({
      async endByClient(clientId, ending, limit) {
        for (const { id, clientId: other } of [...state.grants.values()]) {
          if (other.toLowerCase() === clientId.toLowerCase()) overwrite(state, id, { clientId })
        }
        return original.endByClient(clientId, ending, limit)
      },
    }),
  },
  {
    bug: 'endByClient returns grants that another call has ended',
    caughtBy: 'endByClient ends and returns each grant once in two concurrent calls',
    caughtByModel: true,
    mutate: (original, state) => ({
      async endByClient(clientId, ending, limit) {
        const due = [...state.grants.values()]
          .filter((each) => each.clientId === clientId && each.endedAt === null)
          .slice(0, limit)
        await yieldToEventLoop()
        await Promise.all(due.map(({ id }) => original.end(id, ending)))
        return due.map(({ id, userId }) => ({ id, userId, clientId, reason: ending.reason }))
      },
    }),
  },
  {
    bug: 'the channel does not report the end of all grants of a client',
    caughtBy: reported,
    caughtByModel: false,
    mutate: (_original, state) => ({
      async endByClient(clientId, { reason, at, by }) {
        const due = [...state.grants.values()].filter((each) => each.clientId === clientId)
        for (const { id } of due) {
          overwrite(state, id, { endedAt: at, endReason: reason, endedBy: by })
        }
        return due.map(({ id, userId }) => ({ id, userId, clientId, reason }))
      },
    }),
  },
  {
    bug: 'the channel reports a creation',
    caughtBy: 'the channel does not report creations, refusals and the purge',
    caughtByModel: false,
    mutate: (original, state) => ({
      async insert(insertion) {
        const outcome = await original.insert(insertion)
        updateGrant(state, insertion.record, {})
        return outcome
      },
    }),
  },
]

interface Opened {
  readonly original: GrantStore
  readonly state: GrantState
}

/** Ends only the grants that are not refreshed within one round of the event loop. */
async function endUnlessRefreshed(
  { original, state }: Opened,
  ending: GrantEnding,
  condition: (record: GrantRecord) => boolean,
): Promise<readonly EndedGrant[]> {
  const before = unendedGrants(state, condition)
  await yieldToEventLoop()
  const unchanged = before.filter(
    ({ id, refreshSecretHash }) => state.grants.get(id)?.refreshSecretHash === refreshSecretHash,
  )
  const ended = await Promise.all(unchanged.map(({ id }) => original.end(id, ending)))
  return ended.filter((each) => each !== null)
}
