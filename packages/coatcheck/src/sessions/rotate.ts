import { SessionError } from '../domain/errors.ts'
import { expiry } from '../domain/session.ts'
import { minute } from '../domain/time.ts'
import { secretBytes } from '../domain/token.ts'
import type { SecretReplacement } from '../ports/session-store.ts'
import { findClaim } from './claim.ts'
import { newSecret, reasonOver, type SessionsContext, toIssuedSession } from './context.ts'
import { hashSecret } from './secret.ts'
import type { Rotation, RotationOutcome } from './sessions.ts'

const longestGrace = minute

/** Replaces secrets. Only the current one may ask: one in its grace was replaced by somebody already. */
export function createRotate<Data>(context: SessionsContext<Data>) {
  return async function rotate(
    token: string,
    rotation: Rotation = {},
  ): Promise<RotationOutcome<Data>> {
    const grace = requireGrace(rotation.grace ?? 0)
    const claim = await findClaim(context, token)
    if (!('record' in claim) || claim.match !== 'current') return { status: 'refused' }
    const { record, now } = claim
    if (reasonOver(context, record, now) !== null) return { status: 'refused' }

    // Alive by what is noted here: the store has to know before it decides.
    if (expiry(record, now) !== null) await context.activity.flush()
    const secret = newSecret(context.random)
    const replacement: SecretReplacement = {
      from: record.secretHash,
      to: hashSecret(secret),
      // With a grace the rotation is hygiene, and a half-filled form should survive it. Without, the
      // session's rights have changed, and what was rendered before must not act for it (V7.2.4).
      csrfSecret: grace > 0 ? null : context.random.bytes(secretBytes),
      previousExpiresAt: now + grace,
      at: now,
    }
    if (!(await context.store.replaceSecret(record.id, replacement))) return { status: 'refused' }

    context.report({
      type: 'session-rotated',
      at: now,
      sessionId: record.id,
      userId: record.userId,
    })
    const csrfSecret = replacement.csrfSecret ?? record.csrfSecret
    const rotated = { ...record, csrfSecret }
    return { status: 'rotated', ...toIssuedSession(context, rotated, secret) }
  }
}

function requireGrace(grace: number): number {
  if (Number.isSafeInteger(grace) && grace >= 0 && grace <= longestGrace) return grace
  throw new SessionError('invalid-argument', `grace must be 0 to ${longestGrace} ms, not ${grace}`)
}
