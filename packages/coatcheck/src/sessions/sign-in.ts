import type { SignInRefusal } from '../domain/events.ts'
import type { SessionId, SessionRecord } from '../domain/session.ts'
import type { EndedSession } from '../ports/session-store.ts'
import { findClaim } from './claim.ts'
import { newSecret, requireUserId, type SessionsContext, toIssuedSession } from './context.ts'
import { reportRevoked } from './event-dispatcher.ts'
import { newRecord } from './new-record.ts'
import type { SignIn, SignInOutcome } from './sessions.ts'

/** Signs in: one store operation makes the session, ends the presented one and keeps the cap. */
export function createSignIn<Data>(context: SessionsContext<Data>) {
  return async function signIn(request: SignIn<Data>): Promise<SignInOutcome<Data>> {
    requireUserId(request.userId)
    const secret = newSecret(context.random)
    const replaces = await sessionOf(request.presentedToken ?? null)
    const record = newRecord(context, request, secret)

    const outcome = await context.store.insert({
      record,
      replaces,
      cap: context.cap,
      credentialsCheckedAt: request.credentialsCheckedAt ?? null,
    })
    if (outcome.status === 'refused') return refused(record, outcome.reason)

    reportSignedIn(record, outcome.ended)
    return { status: 'signed-in', ...toIssuedSession(context, record, secret) }
  }

  /** The presented session ends only for whoever holds its secret; naming an id is not enough. */
  async function sessionOf(token: string | null): Promise<SessionId | null> {
    if (token === null) return null
    const claim = await findClaim(context, token)
    return 'record' in claim ? claim.record.id : null
  }

  function refused(
    { createdAt: at, userId, ipAddress, userAgent }: SessionRecord,
    reason: SignInRefusal,
  ): SignInOutcome<Data> {
    context.report({ type: 'sign-in-refused', at, userId, reason, ipAddress, userAgent })
    return { status: 'refused', reason }
  }

  function reportSignedIn(record: SessionRecord, ended: readonly EndedSession[]): void {
    const { id: sessionId, createdAt: at, userId, remembered, ipAddress, userAgent } = record
    const about = { at, sessionId, userId, remembered, ipAddress, userAgent }
    context.report({ type: 'session-created', ...about })
    reportRevoked(context.report, ended, { at, by: null })
  }
}
