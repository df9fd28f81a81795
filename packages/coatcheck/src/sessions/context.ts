import type { Client } from '../domain/client.ts'
import {
  type EndReason,
  expiry,
  type Session,
  type SessionRecord,
  type UserId,
} from '../domain/session.ts'
import { isStorableId, requireArgument } from '../domain/storable.ts'
import type { Instant } from '../domain/time.ts'
import { formatToken, type Secret, secretBytes, secretFrom } from '../domain/token.ts'
import type { EventSink } from '../ports/event-sink.ts'
import type { RandomSource } from '../ports/random-source.ts'
import type { ActivityRecorder } from './activity-recorder.ts'
import type { VerificationCache } from './cache/verification-cache.ts'
import { isConfirmedClient } from './client-check.ts'
import type { DataCodec, SessionPayload } from './data-codec.ts'
import type { ResolvedOptions } from './options.ts'
import type { ActiveSession, IssuedSession, StepUpReason } from './sessions.ts'

/** What the use cases share. */
export interface SessionsContext<Data> extends Omit<ResolvedOptions<Data>, 'cache'> {
  /** `null` where every verification reads the store. */
  readonly cache: VerificationCache | null
  readonly codec: DataCodec<Data>
  readonly report: EventSink
  readonly activity: ActivityRecorder
}

/** The public view of a record, for a client that holds its secret. Throws `corrupt-record`. */
export function toActiveSession<Data>(
  context: SessionsContext<Data>,
  record: SessionRecord,
  client: Client,
): ActiveSession<Data> {
  const payload = context.codec.decode(record.data)
  const lastActivityAt = context.activity.latest(record)
  const stepUpReason = stepUpReasonOf(context, { record, payload }, client)
  return { ...toPublicSession(record, payload, lastActivityAt), stepUpReason }
}

function stepUpReasonOf<Data>(
  context: SessionsContext<Data>,
  session: { readonly record: SessionRecord; readonly payload: SessionPayload<Data> },
  client: Client,
): StepUpReason | null {
  const { record, payload } = session
  const { stepUpRequiredAt, confirmedClients } = payload
  if (stepUpRequiredAt !== null && record.authenticatedAt <= stepUpRequiredAt)
    return 'step-up-required'
  return isConfirmedClient(context, { record, confirmedClients }, client) ? null : 'client-changed'
}

/** The public view of a record whose secret was just made. */
export function toIssuedSession<Data>(
  context: SessionsContext<Data>,
  record: SessionRecord,
  secret: Secret,
): IssuedSession<Data> {
  return {
    ...toActiveSession(context, record, record),
    token: formatToken({ id: record.id, secret }),
  }
}

export function newSecret(random: RandomSource): Secret {
  return secretFrom(random.bytes(secretBytes))
}

/** Throws `invalid-argument` for a user id that a store could not keep. */
export function requireUserId(userId: UserId): void {
  // Types do not hold where an id was cast.
  const isValid = typeof userId === 'string' && isStorableId(userId)
  requireArgument(isValid, 'a user id is a string of 1 to 255 characters, no NUL')
}

/**
 * Why the session is over at `now`, or `null` while it may be used. Counts activity that is noted
 * in this process and not written yet: what the store knows alone would end a session in use.
 */
export function endReasonAt<Data>(
  { activity }: SessionsContext<Data>,
  record: SessionRecord,
  now: Instant,
): EndReason | null {
  const { expiresAt, idleTimeout } = record
  const lastActivityAt = activity.latest(record)
  return record.endReason ?? expiry({ expiresAt, idleTimeout, lastActivityAt }, now)
}

function toPublicSession<Data>(
  record: SessionRecord,
  payload: SessionPayload<Data>,
  lastActivityAt: Instant,
): Omit<ActiveSession<Data>, 'stepUpReason'> {
  // Field by field: a record holds hashes and the CSRF secret, and none may travel along.
  const session: Session<Data> = {
    id: record.id,
    userId: record.userId,
    createdAt: record.createdAt,
    expiresAt: record.expiresAt,
    lastActivityAt,
    idleTimeout: record.idleTimeout,
    authenticatedAt: record.authenticatedAt,
    remembered: record.remembered,
    ipAddress: record.ipAddress,
    userAgent: record.userAgent,
    data: payload.data,
  }
  return { session, csrfSecret: record.csrfSecret, hasFlash: payload.flashes.length > 0 }
}
