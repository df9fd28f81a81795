import { assuranceLevelOf, mergeMethods, type UsedMethod } from '../domain/authentication.ts'
import type { Client } from '../domain/client.ts'
import { type Duration, parseDuration } from '../domain/duration.ts'
import { SessionError } from '../domain/errors.ts'
import { type OptionNames, requireCallOptions } from '../domain/options.ts'
import { expiry, type SessionRecord } from '../domain/session.ts'
import { type Instant, type Milliseconds, minute, second } from '../domain/time.ts'
import { type Secret, secretBytes } from '../domain/token.ts'
import type { SecretReplacement } from '../ports/session-store.ts'
import { toReportedMethods, toUsedMethods } from './authentication-methods.ts'
import { newSecret, type SessionsContext, toIssuedSession } from './context.ts'
import { hashSecret } from './secret.ts'
import type { Rotation, RotationOutcome, StepUp } from './sessions.ts'
import { createConfirmClient } from './step-up.ts'
import { lookUpToken } from './token-lookup.ts'

const maxGrace = minute

const rotationNames: OptionNames<Rotation> = { grace: true }
const stepUpNames: OptionNames<StepUp> = { client: true, methods: true }

/** The requests of other tabs that are in flight during a step-up must not count as theft. */
const stepUpGrace = 10 * second

/** A change of the secret, without what depends on the session. */
interface SecretChange {
  readonly grace: Milliseconds
  readonly csrfSecret: Uint8Array | null
  /** Set if the user has just authenticated, with the client if it is known. */
  readonly authentication: {
    readonly client: Client | null
    readonly methods: readonly UsedMethod[]
  } | null
}

/** Replaces secrets. Requires the current secret: one in its grace period was replaced already. */
export function createRotate<Data>(context: SessionsContext<Data>) {
  const confirmClient = createConfirmClient(context)

  async function rotate(token: string, rotation: Rotation = {}): Promise<RotationOutcome<Data>> {
    requireCallOptions('rotate', rotation, rotationNames)
    const grace = requireGrace(rotation.grace ?? 0)
    // A rotation with a grace period is periodic, and open forms should survive it. Without one,
    // the session's rights have changed, and forms rendered before must stop working (V7.2.4).
    const csrfSecret = grace > 0 ? null : context.random.bytes(secretBytes)
    return reissue(token, { grace, csrfSecret, authentication: null })
  }

  async function stepUp(token: string, request: StepUp = {}): Promise<RotationOutcome<Data>> {
    requireCallOptions('stepUp', request, stepUpNames)
    const methods = toUsedMethods(request.methods, context.clock.now())
    // Open forms keep working: they belong to the user who has just authenticated.
    const authentication = { client: request.client ?? null, methods }
    return reissue(token, { grace: stepUpGrace, csrfSecret: null, authentication })
  }

  async function reissue(token: string, change: SecretChange): Promise<RotationOutcome<Data>> {
    const { authentication } = change
    const judgment = await lookUpToken(context, token)
    if (judgment?.status !== 'active' || judgment.match !== 'current') return { status: 'refused' }
    const { record, at } = judgment

    // Active only through recorded activity: the store needs it before it decides.
    if (expiry(record, at) !== null) await context.activity.flush()
    // Before the secret is replaced: a store failure after that would lose the new secret.
    if (authentication !== null) await confirmClient(record, authentication.client, at)
    const secret = newSecret(context.random)
    const replacement = toReplacement(record, secret, { ...change, at })
    if (!(await context.store.replaceSecret(record.id, replacement))) return { status: 'refused' }

    const replaced = withReplacement(record, replacement)
    reportReplaced(replaced, { at, authentication })
    const issued = toIssuedSession(context, replaced, secret)
    const stepUpReason = authentication !== null ? null : issued.stepUpReason
    return { status: 'rotated', ...issued, stepUpReason }
  }

  function reportReplaced(
    record: SessionRecord,
    { at, authentication }: Pick<SecretChange, 'authentication'> & { readonly at: Instant },
  ): void {
    const fields = { at, sessionId: record.id, userId: record.userId }
    if (authentication === null) context.report({ type: 'session-rotated', ...fields })
    else {
      const reported = toReportedMethods(authentication.methods, record)
      context.report({ type: 'session-stepped-up', ...fields, ...reported })
    }
  }

  function toReplacement(
    record: SessionRecord,
    secret: Secret,
    { at, grace, csrfSecret, authentication }: SecretChange & { readonly at: Instant },
  ): SecretReplacement {
    return {
      from: record.secretHash,
      to: hashSecret(secret),
      csrfSecret,
      authentication:
        authentication === null
          ? null
          : {
              expiresAt: at + absoluteTimeout(record),
              // Not a race: only a replacement of the same secret changes them.
              methods: mergeMethods(record.methods, authentication.methods),
              previousMethods: record.methods,
            },
      previousExpiresAt: at + grace,
      at,
    }
  }

  /** The current option for this kind of session, which may have changed since the sign-in. */
  function absoluteTimeout({ remembered }: SessionRecord): Milliseconds {
    const { timeouts } = context
    return (remembered ? (timeouts.remembered ?? timeouts) : timeouts).absolute
  }

  return { rotate, stepUp }
}

/** The record as it is after the replacement, as far as the holder of the new secret sees it. */
function withReplacement(record: SessionRecord, replacement: SecretReplacement): SessionRecord {
  const { at, authentication } = replacement
  const csrfSecret = replacement.csrfSecret ?? record.csrfSecret
  if (authentication === null) return { ...record, csrfSecret }
  const assuranceLevel = assuranceLevelOf(authentication.methods)
  const restarted = { authenticatedAt: at, lastActivityAt: at }
  return { ...record, csrfSecret, ...authentication, ...restarted, assuranceLevel }
}

function requireGrace(value: Duration): Milliseconds {
  const grace = parseDuration(value)
  if (Number.isSafeInteger(grace) && grace >= 0 && grace <= maxGrace) return grace
  throw new SessionError('invalid-argument', `grace must be a duration from 0 to 1m, not ${value}`)
}
