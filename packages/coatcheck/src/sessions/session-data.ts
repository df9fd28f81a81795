import { SessionError } from '../domain/errors.ts'
import { type Flash, requireFlash } from '../domain/flash.ts'
import type { SessionId } from '../domain/session.ts'
import { reasonOver, type SessionsContext } from './context.ts'
import type { SessionContent } from './data-codec.ts'
import type { DataChanges } from './sessions.ts'

/** Lost races before a change is given up. Each loss is another change's success, so this is far away. */
const mostTries = 100

/** Flashes that may wait for one session; the oldest make room, so that a loop cannot fill a row. */
const mostFlashes = 8

/** Changes what a session carries, by compare-and-swap: no change is lost to another. */
export function createSessionData<Data>(context: SessionsContext<Data>) {
  async function saveData(id: SessionId, changes: DataChanges<Data>): Promise<Data | null> {
    const before = await change(id, (content) => ({
      ...content,
      data: merge(content.data, changes),
    }))
    return before === null ? null : merge(before.data, changes)
  }

  async function addFlash(id: SessionId, flash: Flash): Promise<boolean> {
    requireFlash(flash)
    const before = await change(id, (content) => ({
      ...content,
      flashes: [...content.flashes, flash].slice(-mostFlashes),
    }))
    return before !== null
  }

  async function takeFlashes(id: SessionId): Promise<readonly Flash[]> {
    const before = await change(id, (content) =>
      content.flashes.length === 0 ? null : { ...content, flashes: [] },
    )
    return before?.flashes ?? []
  }

  /**
   * Applies a change to the newest content, again and again until nobody was faster, and returns the
   * content it was applied to; `null` when the session is over. A change of `null` writes nothing.
   */
  async function change(
    id: SessionId,
    next: (content: SessionContent<Data>) => SessionContent<Data> | null,
  ): Promise<SessionContent<Data> | null> {
    for (let tries = 0; tries < mostTries; tries += 1) {
      const record = await context.store.find(id)
      if (record === null || reasonOver(context, record, context.clock.now()) !== null) return null
      const content = context.codec.decode(record.data)
      const changed = next(content)
      if (changed === null) return content
      const data = context.codec.encode(changed)
      if (await context.store.replaceData(id, { from: record.dataVersion, data })) return content
    }
    throw new SessionError('data-contended', `session data changed ${mostTries} times meanwhile`)
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
