import { setTimeout } from 'node:timers/promises'
import type { WorkerStores } from 'coatcheck/testing-chaos'

type Bugs = Readonly<Record<string, (stores: WorkerStores) => WorkerStores>>

/** Bugs that fault injection must find, each in the stores of one worker process. */
const storeBugs: Bugs = {
  /** Without a fault, the end happens directly afterwards. */
  'end is acknowledged before it is stored': ({ sessions, ...others }) => ({
    ...others,
    sessions: {
      ...sessions,
      async end(id, ending) {
        const record = await sessions.find(id)
        void setTimeout(2)
          .then(() => sessions.end(id, ending))
          .catch(() => {})
        if (record === null || record.endedAt !== null) return null
        const { userId, createdAt } = record
        return { id, userId, createdAt, reason: ending.reason }
      },
    },
  }),
  'a failed update of the data is reported as done': ({ sessions, ...others }) => ({
    ...others,
    sessions: {
      ...sessions,
      updateData: (id, update) => sessions.updateData(id, update).catch(() => true),
    },
  }),
  'a failed rotation of a grant is reported as done': ({ grants, ...others }) => ({
    ...others,
    grants: { ...grants, rotate: (id, rotation) => grants.rotate(id, rotation).catch(() => true) },
  }),
}

/** As above, in what sessions do with the store and the channel. */
const sessionBugs: Bugs = {
  'a sweep trusts the clock of its process': ({ sessions, ...others }) => ({
    ...others,
    sessions: {
      ...sessions,
      async endExpired(sweep) {
        const { at, limit } = sweep
        const users = ['user-0', 'user-1', 'user-2', 'user-3']
        const listed = await Promise.all(users.map((user) => sessions.listByUser(user, 0)))
        for (const { id, lastActivityAt, idleTimeout } of listed.flat().slice(0, limit)) {
          if (at < lastActivityAt + idleTimeout) continue
          await sessions.end(id, { reason: 'idle-timeout', at, by: null })
        }
        return { ended: [], next: null }
      },
    },
  }),
}

/** The names of the bugs, by the check that must find them. */
export const bugNames = { stores: Object.keys(storeBugs), sessions: Object.keys(sessionBugs) }

/** Returns the stores with the bug of this name, if it is one. */
export function withBug(name: string, stores: WorkerStores): WorkerStores {
  return { ...storeBugs, ...sessionBugs }[name]?.(stores) ?? stores
}
