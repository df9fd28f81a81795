import { type Flash, requireFlash } from '../domain/flash.ts'
import type { SessionId } from '../domain/session.ts'
import type { SessionsContext } from './context.ts'
import type { DataChanges } from './sessions.ts'
import { createUpdatePayload } from './update-payload.ts'

/** Flashes that may wait for one session; the oldest make room, so that a loop cannot fill a row. */
const maxFlashes = 8

/** Changes what a session carries, by compare-and-swap: no change is lost to another. */
export function createSessionData<Data>(context: SessionsContext<Data>) {
  const updatePayload = createUpdatePayload(context)

  async function saveData(id: SessionId, changes: DataChanges<Data>): Promise<Data | null> {
    const before = await updatePayload(id, (payload) => ({
      ...payload,
      data: merge(payload.data, changes),
    }))
    return before === null ? null : merge(before.data, changes)
  }

  async function addFlash(id: SessionId, flash: Flash): Promise<boolean> {
    requireFlash(flash)
    const before = await updatePayload(id, (payload) => ({
      ...payload,
      flashes: [...payload.flashes, flash].slice(-maxFlashes),
    }))
    return before !== null
  }

  async function takeFlashes(id: SessionId): Promise<readonly Flash[]> {
    const before = await updatePayload(id, (payload) =>
      payload.flashes.length === 0 ? null : { ...payload, flashes: [] },
    )
    return before?.flashes ?? []
  }

  return { saveData, addFlash, takeFlashes }
}

/**
 * The named keys replaced, a key of `undefined` removed. Built from entries, so that a key called
 * `__proto__` is a key and nothing more.
 */
function merge<Data>(data: Data, changes: DataChanges<Data>): Data {
  const merged = new Map<string, unknown>(Object.entries(data ?? {}))
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) merged.delete(key)
    else merged.set(key, value)
  }
  return Object.fromEntries(merged) as Data
}
