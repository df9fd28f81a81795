import { type Flash, requireFlash } from '../domain/flash.ts'
import { requireJson } from '../domain/require-json.ts'
import type { SessionId } from '../domain/session.ts'
import { requireArgument } from '../domain/storable.ts'
import type { SessionsContext } from './context.ts'
import { setOwn } from './data-codec.ts'
import type { DataChanges } from './sessions.ts'

/** Flashes of one session. Older ones are dropped, so that a loop cannot fill a row. */
const maxFlashes = 8

/** Changes the data and flashes of a session. Concurrent changes are all applied. */
export function createSessionData<Data>(context: SessionsContext<Data>) {
  const { updatePayload } = context

  async function saveData(id: SessionId, changes: DataChanges<Data>): Promise<Data | null> {
    const copy = copyChanges(changes)
    const updated = await updatePayload(id, (payload) => ({
      ...payload,
      data: merge(payload.data, copy),
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

/** Keys and their new values; `undefined` removes a key. */
type CopiedChanges = readonly (readonly [key: string, value: unknown])[]

/** Checks and copies the changes at the call: the caller may change its objects before they are written. */
function copyChanges(changes: object): CopiedChanges {
  requireArgument(isObject(changes), 'saveData expects an object with the keys to change')
  requireJson(changes, 'data')
  return Object.entries(changes).map(([key, value]) => [
    key,
    value === undefined ? undefined : JSON.parse(JSON.stringify(value)),
  ])
}

/** Changes the data in place: to copy it for each of many changes would take most of their time. */
function merge<Data>(data: Data, changes: CopiedChanges): Data {
  // JSON would omit the keys of an array; those of a text do not exist.
  requireArgument(data === null || isObject(data), 'saveData needs data that is an object')
  const target: object = Object(data ?? {})
  for (const [key, value] of changes) {
    if (value === undefined) Reflect.deleteProperty(target, key)
    else setOwn(target, key, value)
  }
  return target as Data
}
