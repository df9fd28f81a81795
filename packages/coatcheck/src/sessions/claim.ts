import { isCorruptRecord } from '../domain/errors.ts'
import type { RejectionReason } from '../domain/events.ts'
import type { SessionId, SessionRecord } from '../domain/session.ts'
import type { Instant } from '../domain/time.ts'
import { parseToken } from '../domain/token.ts'
import type { SessionsContext } from './context.ts'
import { hashSecret, matchSecret, type SecretMatch } from './secret.ts'

/** A record that the token names and whose secret it holds, or held until a rotation. */
export interface Claim {
  readonly record: SessionRecord
  readonly match: Exclude<SecretMatch, 'wrong'>
  readonly now: Instant
}

/** A token behind which there is no claim, and the id that it names, if any. */
interface NoClaim {
  readonly match: RejectionReason | 'unreadable'
  readonly id: SessionId | null
}

/** Finds the session of a token and compares the secret; judges neither timeouts nor ending. */
export async function findClaim<Data>(
  context: SessionsContext<Data>,
  token: string,
): Promise<Claim | NoClaim> {
  const parts = parseToken(token)
  if (parts === null) return { match: 'malformed', id: null }
  const presented = hashSecret(parts.secret)
  const record = await findReadable(context, parts.id)
  if (record === 'unreadable') return { match: 'unreadable', id: parts.id }
  if (record === null) return { match: 'unknown', id: parts.id }
  // Read after the store answered: a session must not outlive its timeout by a slow read.
  const now = context.clock.now()
  const match = matchSecret(record, presented, now)
  return match === 'wrong' ? { match: 'wrong-secret', id: parts.id } : { record, match, now }
}

/**
 * A damaged record opens nothing, as if it were not there, and is told of. It must not reject either:
 * whoever holds its token could not even sign in again.
 */
export async function findReadable<Data>(
  { store, clock, report }: SessionsContext<Data>,
  id: SessionId,
): Promise<SessionRecord | 'unreadable' | null> {
  try {
    return await store.find(id)
  } catch (error) {
    if (!isCorruptRecord(error)) throw error
    report({ type: 'record-unreadable', at: clock.now(), sessionId: id })
    return 'unreadable'
  }
}
