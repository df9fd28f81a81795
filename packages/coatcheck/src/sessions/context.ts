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
import { isConfirmedClient } from './client-check.ts'
import type { DataCodec, SessionContent } from './data-codec.ts'
import type { ResolvedOptions } from './options.ts'
import type { ActiveSession, IssuedSession, StepUpReason } from './sessions.ts'
import type { VerificationCache } from './verification-cache.ts'

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
  const content = context.codec.decode(record.data)
  const lastActivityAt = context.activity.latest(record)
  const stepUpReason = stepUpReasonOf(context, { record, content }, client)
  return { ...describe(record, content, lastActivityAt), stepUpReason }
}

function stepUpReasonOf<Data>(
  checks: SessionsContext<Data>,
  of: { readonly record: SessionRecord; readonly content: SessionContent<Data> },
  client: Client,
): StepUpReason | null {
  const { record, content } = of
  const { distrustedAt, confirmed } = content
  if (distrustedAt !== null && record.authenticatedAt <= distrustedAt) return 'distrusted'
  return isConfirmedClient(checks, { record, confirmed }, client) ? null : 'client-changed'
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
  const fits = typeof userId === 'string' && isStorableId(userId)
  requireArgument(fits, 'a user id is a string of 1 to 255 characters, no NUL')
}

/**
 * Why the session is over at `now`, or `null` while it may be used. Counts activity that is noted
 * in this process and not written yet: what the store knows alone would end a session in use.
 */
export function reasonOver<Data>(
  { activity }: SessionsContext<Data>,
  record: SessionRecord,
  now: Instant,
): EndReason | null {
  const { expiresAt, idleTimeout } = record
  const lastActivityAt = activity.latest(record)
  return record.endReason ?? expiry({ expiresAt, idleTimeout, lastActivityAt }, now)
}

function describe<Data>(
  record: SessionRecord,
  content: SessionContent<Data>,
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
    data: content.data,
  }
  return { session, csrfSecret: record.csrfSecret, hasFlash: content.flashes.length > 0 }
}
