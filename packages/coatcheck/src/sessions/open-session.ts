import type { Client } from '../domain/client.ts'
import { isCorruptRecord } from '../domain/errors.ts'
import type { SessionRecord } from '../domain/session.ts'
import type { Instant } from '../domain/time.ts'
import type { Claim, Presented } from './claim.ts'
import { reasonOver, type SessionsContext, toActiveSession } from './context.ts'
import { matchSecret } from './secret.ts'
import type { Verification } from './sessions.ts'

type Active<Data> = Extract<Verification<Data>, { readonly status: 'active' }>

/** How the secret opens the session, or `null` where it does not. */
export function goodMatch<Data>(
  context: SessionsContext<Data>,
  record: SessionRecord,
  { presented, now }: { readonly presented: Presented; readonly now: Instant },
): 'current' | 'previous' | null {
  const match = matchSecret(record, presented.secretHash, now)
  if (match !== 'current' && match !== 'previous') return null
  return reasonOver(context, record, now) === null ? match : null
}

/**
 * Opens a session that is good, and notes that it was used where that was activity. `null` where its
 * data cannot be read.
 */
export function openSession<Data>(
  context: SessionsContext<Data>,
  { record, match, now }: Claim,
  { client, isActivity }: { readonly client: Client; readonly isActivity: boolean },
): Active<Data> | null {
  try {
    const told = match === 'previous' ? beforeStepUp(record) : record
    const { session, csrfSecret, hasFlash, stepUpReason } = toActiveSession(context, told, client)
    if (isActivity) context.activity.note(record, now)
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
function beforeStepUp(record: SessionRecord): SessionRecord {
  const { rotatedAt, authenticatedAt, createdAt } = record
  const isSince = rotatedAt !== null && authenticatedAt >= rotatedAt
  return isSince ? { ...record, authenticatedAt: createdAt } : record
}
