import type { Client } from '../domain/client.ts'
import { isCorruptRecord } from '../domain/errors.ts'
import type { SessionId, SessionRecord } from '../domain/session.ts'
import { parseToken } from '../domain/token.ts'
import type { SessionsContext } from './context.ts'
import { type Judgment, judge } from './judge.ts'
import { hashPresented, type PresentedHash } from './secret.ts'

/** A well-formed token. */
export interface PresentedToken {
  readonly id: SessionId
  readonly secretHash: PresentedHash
}

/** Returns `null` for a token that cannot have been issued by this library. */
export function parsePresentedToken(token: string): PresentedToken | null {
  const parts = parseToken(token)
  return parts === null ? null : { id: parts.id, secretHash: hashPresented(parts.secret) }
}

/**
 * Reads a token's session from the store and judges the token, whatever the client. Returns `null`
 * for a malformed token.
 */
export async function lookUpToken<Data>(
  context: SessionsContext<Data>,
  token: string,
): Promise<Judgment | null> {
  const presented = parsePresentedToken(token)
  if (presented === null) return null
  const record = await findOrReportUnreadable(context, presented.id)
  return judgeNow(context, record, { presented, client: null })
}

/**
 * Judges a token by the current time and activity. Call it after the store has answered: a slow
 * read must not extend a session.
 */
export function judgeNow<Data>(
  context: SessionsContext<Data>,
  record: SessionRecord | 'unreadable' | null,
  { presented, client }: { readonly presented: PresentedToken; readonly client: Client | null },
): Judgment {
  return judge(record, presented.secretHash, {
    client,
    policy: context,
    requiredLevel: context.requiredLevel,
    now: context.clock.now(),
    recordedActivityAt: context.activity.recordedAt(presented.id),
  })
}

/**
 * A corrupt record is reported and does not authenticate, as if it were absent. It is not an error,
 * because the client that holds its token could then not even sign in again.
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
