import { unknownClient } from '../domain/client.ts'
import type { SignInRefusal } from '../domain/events.ts'
import { requireFlash } from '../domain/flash.ts'
import type { SessionId, SessionRecord } from '../domain/session.ts'
import type { SessionTimeouts } from '../domain/timeouts.ts'
import { idBytes, type Secret, secretBytes, sessionIdFrom } from '../domain/token.ts'
import type { EndedSession } from '../ports/session-store.ts'
import { newSecret, requireUserId, type SessionsContext, toIssuedSession } from './context.ts'
import { reportRevoked } from './event-dispatcher.ts'
import { hashSecret } from './secret.ts'
import type { SignIn, SignInOutcome } from './sessions.ts'
import { findClaim } from './verify.ts'

export function createSignIn<Data>(context: SessionsContext<Data>) {
  return async function signIn(request: SignIn<Data>): Promise<SignInOutcome<Data>> {
    requireUserId(request.userId)
    const secret = newSecret(context.random)
    const replaces = await sessionOf(request.presentedToken ?? null)
    const record = newRecord(request, secret)

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

  function newRecord(request: SignIn<Data>, secret: Secret): SessionRecord {
    const now = context.clock.now()
    const { timeouts, remembered } = chooseTimeouts(request.remember ?? false)
    const data = request.data === undefined ? context.data.initial : request.data
    const { client = unknownClient, flash } = request
    if (flash !== undefined) requireFlash(flash)
    const { ipAddress, userAgent } = client
    return {
      id: sessionIdFrom(context.random.bytes(idBytes)),
      secretHash: hashSecret(secret),
      previousSecretHash: null,
      previousSecretExpiresAt: null,
      rotatedAt: null,
      userId: request.userId,
      createdAt: now,
      expiresAt: now + timeouts.absolute,
      lastActivityAt: now,
      idleTimeout: timeouts.idle,
      authenticatedAt: now,
      remembered,
      csrfSecret: context.random.bytes(secretBytes),
      data: context.codec.encode({ data, flashes: flash === undefined ? [] : [flash] }),
      dataVersion: 0,
      ipAddress,
      userAgent,
      endedAt: null,
      endReason: null,
      endedBy: null,
    }
  }

  function chooseTimeouts(remember: boolean): { timeouts: SessionTimeouts; remembered: boolean } {
    const { timeouts } = context
    const longer = remember ? timeouts.remembered : null
    return { timeouts: longer ?? timeouts, remembered: longer !== null }
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
