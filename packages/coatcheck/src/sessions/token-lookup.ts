import { isCorruptRecord } from '../domain/errors.ts'
import type { RejectionReason } from '../domain/events.ts'
import type { SessionId, SessionRecord } from '../domain/session.ts'
import type { Instant } from '../domain/time.ts'
import { parseToken } from '../domain/token.ts'
import type { SessionsContext } from './context.ts'
import { hashPresented, matchSecret, type PresentedHash, type SecretMatch } from './secret.ts'

/** A record that the token names and whose secret it holds, or held until a rotation. */
export interface MatchedSession {
  readonly record: SessionRecord
  readonly match: Exclude<SecretMatch, 'wrong'>
  readonly now: Instant
}

/** A token behind which there is no claim, and the id that it names, if any. */
export interface LookupFailure {
  readonly match: RejectionReason | 'unreadable'
  readonly id: SessionId | null
}

/** What a well-formed token says. */
export interface PresentedToken {
  readonly id: SessionId
  readonly secretHash: PresentedHash
}

/** Reads a presented token, or returns `null` for one that we cannot have issued. */
export function parsePresentedToken(token: string): PresentedToken | null {
  const parts = parseToken(token)
  return parts === null ? null : { id: parts.id, secretHash: hashPresented(parts.secret) }
}

/**
 * Finds the session of a token in the store and compares the secret; judges
 * neither timeouts nor ending.
 */
export async function lookUpToken<Data>(
  context: SessionsContext<Data>,
  token: string,
): Promise<MatchedSession | LookupFailure> {
  const presented = parsePresentedToken(token)
  if (presented === null) return { match: 'malformed', id: null }
  const { id } = presented
  return matchToken(context, presented, await findOrReportUnreadable(context, id))
}

/** Compares the secret with that of the record that was found. */
export function matchToken<Data>(
  { clock }: SessionsContext<Data>,
  { id, secretHash }: PresentedToken,
  record: SessionRecord | 'unreadable' | null,
): MatchedSession | LookupFailure {
  if (record === 'unreadable') return { match: 'unreadable', id }
  if (record === null) return { match: 'unknown', id }
  // Read after the store answered: a session must not outlive its timeout by a slow read.
  const now = clock.now()
  const match = matchSecret(record, secretHash, now)
  return match === 'wrong' ? { match: 'wrong-secret', id } : { record, match, now }
}

/**
 * A damaged record opens nothing, as if it were not there, and is told of. It must not reject
 * either: whoever holds its token could not even sign in again. Default: read from the store.
 */
export async function findOrReportUnreadable<Data>(
  { store, clock, report }: SessionsContext<Data>,
  id: SessionId,
  find: () => Promise<SessionRecord | null> = () => store.find(id),
): Promise<SessionRecord | 'unreadable' | null> {
  try {
    return await find()
  } catch (error) {
    if (!isCorruptRecord(error)) throw error
    report({ type: 'record-unreadable', at: clock.now(), sessionId: id })
    return 'unreadable'
  }
}
