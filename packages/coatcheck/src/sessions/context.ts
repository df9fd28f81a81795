import type { Client } from '../domain/client.ts'
import type { EventSink } from '../domain/events.ts'
import type { Expiry, Session, SessionRecord, UserId } from '../domain/session.ts'
import { isStorableId, requireArgument } from '../domain/storable.ts'
import type { Instant } from '../domain/time.ts'
import { formatToken, type Secret, secretBytes, secretFrom } from '../domain/token.ts'
import { eventChannel } from '../ports/diagnostics.ts'
import type { EndedSession, Ending, SessionStore } from '../ports/session-store.ts'
import type { RandomSource } from '../ports/system.ts'
import type { ActivityRecorder } from './activity-recorder.ts'
import type { VerificationCache } from './cache/verification-cache.ts'
import { isConfirmedClient } from './client-check.ts'
import type { DataCodec } from './data-codec.ts'
import type { EndWatcher } from './end-notifications/end-watcher.ts'
import type { UpdatePayload } from './payload-updates.ts'
import type { ResolvedOptions } from './resolve-options.ts'
import { hashPresented } from './secret.ts'
import type { ActiveSession, IssuedSession } from './sessions.ts'
import type { UnknownTokenLimiter } from './unknown-tokens/limiter.ts'

/** The dependencies and options that the use cases share. */
export interface SessionsContext<Data>
  extends Omit<ResolvedOptions<Data>, 'cache' | 'unknownTokens'> {
  /** `null` if every verification reads the store. */
  readonly cache: VerificationCache<SessionRecord> | null
  readonly codec: DataCodec<Data>
  readonly report: EventSink
  readonly activity: ActivityRecorder
  readonly updatePayload: UpdatePayload<Data>
  readonly limiter: UnknownTokenLimiter
  readonly endWatcher: EndWatcher
}

/** The session as `client`, which holds its secret, sees it. Throws `corrupt-record`. */
export function toActiveSession<Data>(
  context: SessionsContext<Data>,
  record: SessionRecord,
  client: Client,
): ActiveSession<Data> {
  const payload = context.codec.decode(record.data)
  // Copied field by field, so that the hashes and the CSRF secret of the record stay out.
  const session: Session<Data> = {
    id: record.id,
    userId: record.userId,
    createdAt: record.createdAt,
    expiresAt: record.expiresAt,
    lastActivityAt: context.activity.latest(record),
    idleTimeout: record.idleTimeout,
    authenticatedAt: record.authenticatedAt,
    methods: record.methods,
    assuranceLevel: record.assuranceLevel,
    remembered: record.remembered,
    ipAddress: record.ipAddress,
    userAgent: record.userAgent,
    data: payload.data,
  }
  const { confirmedClients, stepUpRequiredAt } = payload
  const isStepUpRequired = stepUpRequiredAt !== null && record.authenticatedAt <= stepUpRequiredAt
  const isConfirmed = isConfirmedClient(context, { record, confirmedClients }, client)
  const clientReason = isConfirmed ? null : 'client-changed'
  const stepUpReason = isStepUpRequired ? 'step-up-required' : clientReason
  return {
    session,
    csrfSecret: record.csrfSecret,
    hasFlash: payload.flashes.length > 0,
    stepUpReason,
  }
}

/** The session with the token of its new secret, which is never throttled in this process. */
export function toIssuedSession<Data>(
  context: SessionsContext<Data>,
  record: SessionRecord,
  secret: Secret,
): IssuedSession<Data> {
  const token = formatToken({ id: record.id, secret })
  context.limiter.confirm({ id: record.id, secretHash: hashPresented(secret) })
  return { ...toActiveSession(context, record, record), token }
}

export function newSecret(random: RandomSource): Secret {
  return secretFrom(random.bytes(secretBytes))
}

/** Throws `invalid-argument` for a user id that a store cannot hold. */
export function requireUserId(userId: UserId): void {
  // The type does not guarantee a string: the caller may have cast it.
  const isValid = typeof userId === 'string' && isStorableId(userId)
  requireArgument(isValid, 'a user id is a string of 1 to 255 characters, no NUL')
}

/** Returns the user id as the store's records contain it, or unchanged if no user can have it. */
export async function toStoredUserId(store: SessionStore, userId: UserId): Promise<UserId> {
  requireUserId(userId)
  return (await store.normalizeUserId?.(userId)) ?? userId
}

/** Calls every sink, and publishes the event. A sink that throws does not change the outcome of the operation. */
export function createEventDispatcher<Event>(
  sinks: readonly ((event: Event) => void)[],
): (event: Event) => void {
  return (event) => {
    if (eventChannel.hasSubscribers) eventChannel.publish(event)
    for (const sink of sinks) {
      try {
        sink(event)
      } catch {
        // The sinks are the only way to report, so there is none left for this error.
      }
    }
  }
}

/** Reports sessions that an operation ended. */
export function reportRevoked(
  report: EventSink,
  ended: readonly EndedSession[],
  { at, by }: Pick<Ending, 'at' | 'by'>,
): void {
  for (const { id, userId, createdAt, reason } of ended) {
    report({ type: 'session-revoked', at, sessionId: id, userId, createdAt, reason, by })
  }
}

/** Reports sessions that a timeout ended. */
export function reportExpired(
  report: EventSink,
  ended: readonly (EndedSession & { readonly reason: Expiry })[],
  at: Instant,
): void {
  for (const { id, userId, createdAt, reason } of ended) {
    report({ type: 'session-expired', at, sessionId: id, userId, createdAt, reason })
  }
}
