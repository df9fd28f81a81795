import type { Client } from '../domain/client.ts'
import { isCorruptRecord } from '../domain/errors.ts'
import type { SessionRecord } from '../domain/session.ts'
import type { Instant } from '../domain/time.ts'
import { endReasonAt, type SessionsContext, toActiveSession } from './context.ts'
import { matchSecret } from './secret.ts'
import type { Verification } from './sessions.ts'
import type { MatchedSession, PresentedToken } from './token-lookup.ts'

type Active<Data> = Extract<Verification<Data>, { readonly status: 'active' }>

/** How the secret opens the session, or `null` where it does not. */
export function acceptedMatch<Data>(
  context: SessionsContext<Data>,
  record: SessionRecord,
  { presented, now }: { readonly presented: PresentedToken; readonly now: Instant },
): 'current' | 'previous' | null {
  const match = matchSecret(record, presented.secretHash, now)
  if (match !== 'current' && match !== 'previous') return null
  return endReasonAt(context, record, now) === null ? match : null
}

/**
 * Opens a session that is good, and notes that it was used where that was activity. `null` where its
 * data cannot be read.
 */
export function activateSession<Data>(
  context: SessionsContext<Data>,
  { record, match, now }: MatchedSession,
  { client, isActivity }: { readonly client: Client; readonly isActivity: boolean },
): Active<Data> | null {
  try {
    const effectiveRecord = match === 'previous' ? withoutStepUp(record) : record
    const { session, csrfSecret, hasFlash, stepUpReason } = toActiveSession(
      context,
      effectiveRecord,
      client,
    )
    if (isActivity) context.activity.record(record, now)
    return { status: 'active', session, csrfSecret, hasFlash, stepUpReason }
  } catch (error) {
    if (!isCorruptRecord(error)) throw error
    return null
  }
}

/**
 * The session as the secret from before a rotation opens it: who holds that has not proved who they
 * are by the step-up that replaced it. When they last did is not kept; at sign-in they did.
 */
function withoutStepUp(record: SessionRecord): SessionRecord {
  const { rotatedAt, authenticatedAt, createdAt } = record
  const hasSteppedUpSince = rotatedAt !== null && authenticatedAt >= rotatedAt
  return hasSteppedUpSince ? { ...record, authenticatedAt: createdAt } : record
}
