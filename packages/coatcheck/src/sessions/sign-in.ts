import type { SignInRejection } from '../domain/events.ts'
import type { SessionId, SessionRecord } from '../domain/session.ts'
import type { EndedSession } from '../ports/session-store.ts'
import { newSecret, requireUserId, type SessionsContext, toIssuedSession } from './context.ts'
import { createRecord } from './create-record.ts'
import { reportRevoked } from './event-dispatcher.ts'
import type { SignIn, SignInOutcome } from './sessions.ts'
import { lookUpToken } from './token-lookup.ts'

/** Signs in: one store operation makes the session, ends the presented one and keeps the cap. */
export function createSignIn<Data>(context: SessionsContext<Data>) {
  return async function signIn(request: SignIn<Data>): Promise<SignInOutcome<Data>> {
    requireUserId(request.userId)
    const secret = newSecret(context.random)
    const replaces = await presentedSessionId(request.presentedToken ?? null)
    const record = createRecord(context, request, secret)

    const outcome = await context.store.insert({
      record,
      replaces,
      cap: context.cap,
      credentialsCheckedAt: request.credentialsCheckedAt ?? null,
    })
    if (outcome.status === 'refused') return toRefused(record, outcome.reason)

    reportSignedIn(record, outcome.ended)
    return { status: 'signed-in', ...toIssuedSession(context, record, secret) }
  }

  /** The presented session ends only for whoever holds its secret; naming an id is not enough. */
  async function presentedSessionId(token: string | null): Promise<SessionId | null> {
    if (token === null) return null
    const lookup = await lookUpToken(context, token)
    return 'record' in lookup ? lookup.record.id : null
  }

  function toRefused(
    { createdAt: at, userId, ipAddress, userAgent }: SessionRecord,
    reason: SignInRejection,
  ): SignInOutcome<Data> {
    context.report({ type: 'sign-in-blocked', at, userId, reason, ipAddress, userAgent })
    return { status: 'refused', reason }
  }

  function reportSignedIn(record: SessionRecord, ended: readonly EndedSession[]): void {
    const { id: sessionId, createdAt: at, userId, remembered, ipAddress, userAgent } = record
    const fields = { at, sessionId, userId, remembered, ipAddress, userAgent }
    context.report({ type: 'session-created', ...fields })
    reportRevoked(context.report, ended, { at, by: null })
  }
}
