import { SessionError } from '../domain/errors.ts'
import { expiry, type SessionRecord } from '../domain/session.ts'
import { type Milliseconds, minute, second } from '../domain/time.ts'
import { type Secret, secretBytes } from '../domain/token.ts'
import type { SecretReplacement } from '../ports/session-store.ts'
import { findClaim } from './claim.ts'
import { newSecret, reasonOver, type SessionsContext, toIssuedSession } from './context.ts'
import { hashSecret } from './secret.ts'
import type { Rotation, RotationOutcome } from './sessions.ts'

const longestGrace = minute

/** Requests of other tabs that are under way during a step-up must not count as theft. */
const stepUpGrace = 10 * second

/** A change of the secret, as far as it does not depend on the session. */
interface Change {
  readonly grace: Milliseconds
  readonly csrfSecret: Uint8Array | null
  readonly authenticates: boolean
}

/**
 * Replaces secrets. Only the current one may ask: one in its grace was
 * replaced by somebody already.
 */
export function createRotate<Data>(context: SessionsContext<Data>) {
  async function rotate(token: string, rotation: Rotation = {}): Promise<RotationOutcome<Data>> {
    const grace = requireGrace(rotation.grace ?? 0)
    // With a grace the rotation is hygiene, and a half-filled form should survive it. Without, the
    // session's rights have changed, and what was rendered before must not act for it (V7.2.4).
    const csrfSecret = grace > 0 ? null : context.random.bytes(secretBytes)
    return change(token, { grace, csrfSecret, authenticates: false })
  }

  function stepUp(token: string): Promise<RotationOutcome<Data>> {
    // Open forms are of the person who has just shown who they are: they stay good.
    return change(token, { grace: stepUpGrace, csrfSecret: null, authenticates: true })
  }

  async function change(token: string, how: Change): Promise<RotationOutcome<Data>> {
    const claim = await findClaim(context, token)
    if (!('record' in claim) || claim.match !== 'current') return { status: 'refused' }
    const { record, now } = claim
    if (reasonOver(context, record, now) !== null) return { status: 'refused' }

    // Alive by what is noted here: the store has to know before it decides.
    if (expiry(record, now) !== null) await context.activity.flush()
    const secret = newSecret(context.random)
    const replacement = toReplacement(record, secret, { ...how, at: now })
    if (!(await context.store.replaceSecret(record.id, replacement))) return { status: 'refused' }

    const { id: sessionId, userId } = record
    const type = how.authenticates ? 'session-stepped-up' : 'session-rotated'
    context.report({ type, at: now, sessionId, userId })
    return { status: 'rotated', ...toIssuedSession(context, replaced(record, replacement), secret) }
  }

  function toReplacement(
    record: SessionRecord,
    secret: Secret,
    { at, grace, csrfSecret, authenticates }: Change & { readonly at: number },
  ): SecretReplacement {
    return {
      from: record.secretHash,
      to: hashSecret(secret),
      csrfSecret,
      authentication: authenticates ? { expiresAt: at + absoluteTimeout(record) } : null,
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
function replaced(record: SessionRecord, { at, ...replacement }: SecretReplacement): SessionRecord {
  const csrfSecret = replacement.csrfSecret ?? record.csrfSecret
  if (replacement.authentication === null) return { ...record, csrfSecret }
  const { expiresAt } = replacement.authentication
  return { ...record, csrfSecret, expiresAt, authenticatedAt: at, lastActivityAt: at }
}

function requireGrace(grace: number): number {
  if (Number.isSafeInteger(grace) && grace >= 0 && grace <= longestGrace) return grace
  throw new SessionError('invalid-argument', `grace must be 0 to ${longestGrace} ms, not ${grace}`)
}
