import { type Flash, requireFlash } from '../domain/flash.ts'
import type { SessionId } from '../domain/session.ts'
import { requireArgument } from '../domain/storable.ts'
import type { SessionsContext } from './context.ts'
import type { DataChanges } from './sessions.ts'

/** Flashes of one session. Older ones are dropped, so that a loop cannot fill a row. */
const maxFlashes = 8

/** Changes the data and flashes of a session. Concurrent changes are all applied. */
export function createSessionData<Data>(context: SessionsContext<Data>) {
  const { updatePayload } = context

  async function saveData(id: SessionId, changes: DataChanges<Data>): Promise<Data | null> {
    requireArgument(isObject(changes), 'saveData expects an object with the keys to change')
    const updated = await updatePayload(id, (payload) => ({
      ...payload,
      data: merge(payload.data, changes),
    }))
    return updated === null ? null : updated.after.data
  }

  async function addFlash(id: SessionId, flash: Flash): Promise<boolean> {
    const added = requireFlash(flash)
    const updated = await updatePayload(id, (payload) => ({
      ...payload,
      flashes: [...payload.flashes, added].slice(-maxFlashes),
    }))
    return updated !== null
  }

  async function takeFlashes(id: SessionId): Promise<readonly Flash[]> {
    const updated = await updatePayload(id, (payload) =>
      payload.flashes.length === 0 ? null : { ...payload, flashes: [] },
    )
    return updated?.before.flashes ?? []
  }

  return { saveData, addFlash, takeFlashes }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Replaces the given keys; `undefined` removes a key. Built from entries, so that `__proto__` is an
 * ordinary key.
 */
function merge<Data>(data: Data, changes: DataChanges<Data>): Data {
  const merged = new Map<string, unknown>(Object.entries(data ?? {}))
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) merged.delete(key)
    else merged.set(key, value)
  }
  return Object.fromEntries(merged) as Data
}
