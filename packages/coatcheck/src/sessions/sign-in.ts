import { assuranceLevelOf, latestUse } from '../domain/authentication.ts'
import { unknownClient } from '../domain/client.ts'
import { SessionError } from '../domain/errors.ts'
import type { SignInRejection } from '../domain/events.ts'
import { requireFlash } from '../domain/flash.ts'
import { type OptionNames, requireCallOptions } from '../domain/options.ts'
import type { PendingSignInKey } from '../domain/pending-sign-in.ts'
import type { SessionId, SessionRecord } from '../domain/session.ts'
import { idBytes, type Secret, secretBytes, sessionIdFrom } from '../domain/token.ts'
import type { EndedSession } from '../ports/session-store.ts'
import { toReportedMethods, toUsedMethods } from './authentication-methods.ts'
import {
  newSecret,
  reportRevoked,
  type SessionsContext,
  toIssuedSession,
  toStoredUserId,
} from './context.ts'
import { initialPayload } from './data-codec.ts'
import { hashSecret } from './secret.ts'
import type { SignIn, SignInOutcome } from './sessions.ts'
import { lookUpToken } from './token-lookup.ts'

const signInNames: OptionNames<SignIn<unknown>> = {
  userId: true,
  client: true,
  methods: true,
  presentedToken: true,
  remember: true,
  flash: true,
  data: true,
  credentialsCheckedAt: true,
}

/** A sign-in in one step. */
export function createSignIn<Data>(context: SessionsContext<Data>) {
  const createSession = createSessionCreation(context)

  return async function signIn(request: SignIn<Data>): Promise<SignInOutcome<Data>> {
    requireCallOptions('signIn', request, signInNames)
    const outcome = await createSession(request, null)
    if (outcome !== 'pending-sign-in-ended') return outcome
    throw new SessionError(
      'store-unavailable',
      'The store refused a sign-in for a reason that it cannot have',
    )
  }
}

/**
 * Creates a session, ends the presented one, completes a pending sign-in and applies the cap, in one store
 * operation.
 */
export function createSessionCreation<Data>(context: SessionsContext<Data>) {
  return async function createSession(
    request: SignIn<Data>,
    completes: PendingSignInKey | null,
  ): Promise<SignInOutcome<Data> | 'pending-sign-in-ended'> {
    const { presentedToken = null, credentialsCheckedAt = null } = request
    const userId = await toStoredUserId(context.store, request.userId)
    const secret = newSecret(context.random)
    const replaces = await presentedSessionId(presentedToken)
    const record = createRecord(context, { ...request, userId }, secret)
    if (record.assuranceLevel < context.requiredLevel) {
      return toRefused(record, 'assurance-too-low')
    }

    const insertion = { record, replaces, completes, cap: context.cap, credentialsCheckedAt }
    const outcome = await context.store.insert(insertion)
    if (outcome.status === 'refused') {
      // Not reported: a form was sent twice, or the pending sign-in has just ended.
      if (outcome.reason === 'pending-sign-in-ended') return outcome.reason
      return toRefused(record, outcome.reason)
    }

    reportSignedIn(record, outcome.ended)
    return { status: 'signed-in', ...toIssuedSession(context, record, secret) }
  }

  /** The presented session ends only if the secret matches; knowing its id is not enough. */
  async function presentedSessionId(token: string | null): Promise<SessionId | null> {
    if (token === null) return null
    const judgment = await lookUpToken(context, token)
    return judgment !== null && 'record' in judgment ? judgment.record.id : null
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
    context.report({
      type: 'session-created',
      ...fields,
      ...toReportedMethods(record.methods, record),
    })
    reportRevoked(context.report, ended, { at, by: null })
  }
}

/** Throws `invalid-argument` for data or a flash that exceeds its limits. */
function createRecord<Data>(
  context: SessionsContext<Data>,
  request: SignIn<Data>,
  secret: Secret,
): SessionRecord {
  const now = context.clock.now()
  // Those of remembered sessions only if requested and offered.
  const rememberedTimeouts = request.remember ? context.timeouts.remembered : null
  const timeouts = rememberedTimeouts ?? context.timeouts
  const { ipAddress, userAgent } = request.client ?? unknownClient
  const methods = toUsedMethods(request.methods, now)
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
    authenticatedAt: latestUse(methods) ?? now,
    methods,
    previousMethods: [],
    assuranceLevel: assuranceLevelOf(methods),
    remembered: rememberedTimeouts !== null,
    csrfSecret: context.random.bytes(secretBytes),
    data: initialData(context, request),
    dataVersion: 0,
    ipAddress,
    userAgent,
    endedAt: null,
    endReason: null,
    endedBy: null,
  }
}

function initialData<Data>(
  { codec, data: { initial } }: SessionsContext<Data>,
  { data, flash }: SignIn<Data>,
): string {
  const flashes = flash === undefined ? [] : [requireFlash(flash)]
  return codec.encode(initialPayload(data === undefined ? initial : data, flashes))
}
