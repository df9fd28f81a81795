import { setTimeout } from 'node:timers/promises'
import type { WorkerStores } from 'coatcheck/testing-chaos'

/** Bugs that fault injection must find, each in the stores of one worker process. */
const bugs: Readonly<Record<string, (stores: WorkerStores) => WorkerStores>> = {
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

/** The names of all bugs. */
export const bugNames: readonly string[] = Object.keys(bugs)

/** Returns the stores with the bug of this name, if it is one. */
export function withBug(name: string, stores: WorkerStores): WorkerStores {
  return bugs[name]?.(stores) ?? stores
}
