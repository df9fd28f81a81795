import type { Client } from '../domain/client.ts'
import { SessionError } from '../domain/errors.ts'
import { expiry, type SessionRecord } from '../domain/session.ts'
import { type Milliseconds, minute, second } from '../domain/time.ts'
import { type Secret, secretBytes } from '../domain/token.ts'
import type { SecretReplacement } from '../ports/session-store.ts'
import { endReasonAt, newSecret, type SessionsContext, toIssuedSession } from './context.ts'
import { hashSecret } from './secret.ts'
import type { Rotation, RotationOutcome } from './sessions.ts'
import { createConfirmClient } from './step-up.ts'
import { lookUpToken } from './token-lookup.ts'

const maxGrace = minute

/** Requests of other tabs that are under way during a step-up must not count as theft. */
const stepUpGrace = 10 * second

/** A change of the secret, as far as it does not depend on the session. */
interface SecretChange {
  readonly grace: Milliseconds
  readonly csrfSecret: Uint8Array | null
  /** Whether the person has just proved who they are, and with which client. */
  readonly authentication: { readonly client: Client | null } | null
}

/**
 * Replaces secrets. Only the current one may ask: one in its grace was
 * replaced by somebody already.
 */
export function createRotate<Data>(context: SessionsContext<Data>) {
  const confirmClient = createConfirmClient(context)

  async function rotate(token: string, rotation: Rotation = {}): Promise<RotationOutcome<Data>> {
    const grace = requireGrace(rotation.grace ?? 0)
    // With a grace the rotation is hygiene, and a half-filled form should survive it. Without, the
    // session's rights have changed, and what was rendered before must not act for it (V7.2.4).
    const csrfSecret = grace > 0 ? null : context.random.bytes(secretBytes)
    return replaceSecret(token, { grace, csrfSecret, authentication: null })
  }

  async function stepUp(token: string, client?: Client): Promise<RotationOutcome<Data>> {
    // Open forms are of the person who has just shown who they are: they stay good.
    const authentication = { client: client ?? null }
    return replaceSecret(token, { grace: stepUpGrace, csrfSecret: null, authentication })
  }

  async function replaceSecret(
    token: string,
    secretChange: SecretChange,
  ): Promise<RotationOutcome<Data>> {
    const lookup = await lookUpToken(context, token)
    if (!('record' in lookup) || lookup.match !== 'current') return { status: 'refused' }
    const { record, now } = lookup
    if (endReasonAt(context, record, now) !== null) return { status: 'refused' }

    // Alive by what is noted here: the store has to know before it decides.
    if (expiry(record, now) !== null) await context.activity.flush()
    // First: once the secret is replaced, a failing store must not keep the new one from the client.
    if (secretChange.authentication !== null)
      await confirmClient(record, secretChange.authentication.client, now)
    const secret = newSecret(context.random)
    const replacement = toReplacement(record, secret, { ...secretChange, at: now })
    if (!(await context.store.replaceSecret(record.id, replacement))) return { status: 'refused' }

    const { id: sessionId, userId } = record
    const type = secretChange.authentication !== null ? 'session-stepped-up' : 'session-rotated'
    context.report({ type, at: now, sessionId, userId })
    const issued = toIssuedSession(context, withReplacement(record, replacement), secret)
    return {
      status: 'rotated',
      ...issued,
      ...(secretChange.authentication !== null && { stepUpReason: null }),
    }
  }

  function toReplacement(
    record: SessionRecord,
    secret: Secret,
    { at, grace, csrfSecret, authentication }: SecretChange & { readonly at: number },
  ): SecretReplacement {
    return {
      from: record.secretHash,
      to: hashSecret(secret),
      csrfSecret,
      authentication: authentication !== null ? { expiresAt: at + absoluteTimeout(record) } : null,
      previousExpiresAt: at + grace,
      at,
    }
  }

  /** That of new sessions of its kind: one whose option was lowered since gets the lower one. */
  function absoluteTimeout({ remembered }: SessionRecord): Milliseconds {
    const { timeouts } = context
    return (remembered ? (timeouts.remembered ?? timeouts) : timeouts).absolute
  }

  return { rotate, stepUp }
}

/** The session as it is told to who has the new secret. */
function withReplacement(
  record: SessionRecord,
  { at, ...replacement }: SecretReplacement,
): SessionRecord {
  const csrfSecret = replacement.csrfSecret ?? record.csrfSecret
  if (replacement.authentication === null) return { ...record, csrfSecret }
  const { expiresAt } = replacement.authentication
  return { ...record, csrfSecret, expiresAt, authenticatedAt: at, lastActivityAt: at }
}

function requireGrace(grace: number): number {
  if (Number.isSafeInteger(grace) && grace >= 0 && grace <= maxGrace) return grace
  throw new SessionError('invalid-argument', `grace must be 0 to ${maxGrace} ms, not ${grace}`)
}
