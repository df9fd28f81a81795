import { SessionError } from '../domain/errors.ts'
import { type Flash, requireFlash } from '../domain/flash.ts'
import type { SessionId, SessionRecord } from '../domain/session.ts'
import type { SessionsContext } from './context.ts'
import type { SessionPayload } from './data-codec.ts'
import { endReasonOf } from './judge.ts'
import type { DataChanges } from './sessions.ts'

/** Flashes of one session. Older ones are dropped, so that a loop cannot fill a row. */
const maxFlashes = 8

/** Changes the data and flashes of a session. Concurrent changes are all applied. */
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

/** Attempts before an update fails. Each lost attempt means that another update succeeded. */
const maxAttempts = 100

/** Returns the new payload, or `null` to leave it unchanged. May be called several times. */
type PayloadUpdate<Data> = (
  payload: SessionPayload<Data>,
  record: SessionRecord,
) => SessionPayload<Data> | null

/**
 * Creates a function that applies an update to the current payload by compare-and-swap. It returns
 * the payload before the update, or `null` if the session has ended. Throws `data-contended` after
 * 100 attempts.
 */
export function createUpdatePayload<Data>(context: SessionsContext<Data>) {
  const { store, codec, clock, activity } = context

  return async function updatePayload(id: SessionId, update: PayloadUpdate<Data>) {
    for (let attempts = 0; attempts < maxAttempts; attempts += 1) {
      const record = await store.find(id)
      if (record === null) return null
      if (endReasonOf(record, activity.latest(record), clock.now()) !== null) return null
      const payload = codec.decode(record.data)
      const updated = update(payload, record)
      if (updated === null) return payload
      const replacement = { from: record.dataVersion, data: codec.encode(updated) }
      if (await store.replaceData(id, replacement)) return payload
    }
    throw new SessionError('data-contended', `session data changed ${maxAttempts} times meanwhile`)
  }
}
