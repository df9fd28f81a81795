import { SessionError } from '../domain/errors.ts'
import type { SessionId, SessionRecord } from '../domain/session.ts'
import { reasonOver, type SessionsContext } from './context.ts'
import type { SessionContent } from './data-codec.ts'

/** Lost races before a change is given up. Each loss is another change's success, so this is far away. */
const mostTries = 100

/** What becomes of the content of a session; `null` to leave it as it is. */
export type NextContent<Data> = (
  content: SessionContent<Data>,
  record: SessionRecord,
) => SessionContent<Data> | null

/**
 * Applies a change to the newest content, again and again until nobody was faster, and returns the
 * content it was applied to; `null` when the session is over.
 */
export type ChangeContent<Data> = (
  id: SessionId,
  next: NextContent<Data>,
) => Promise<SessionContent<Data> | null>

export function createChangeContent<Data>(context: SessionsContext<Data>): ChangeContent<Data> {
  return async function changeContent(id, next) {
    for (let tries = 0; tries < mostTries; tries += 1) {
      const record = await context.store.find(id)
      if (record === null || reasonOver(context, record, context.clock.now()) !== null) return null
      const content = context.codec.decode(record.data)
      const changed = next(content, record)
      if (changed === null) return content
      const data = context.codec.encode(changed)
      if (await context.store.replaceData(id, { from: record.dataVersion, data })) return content
    }
    throw new SessionError('data-contended', `session data changed ${mostTries} times meanwhile`)
  }
}
