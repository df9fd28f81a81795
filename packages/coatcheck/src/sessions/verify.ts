import { type Client, unknownClient } from '../domain/client.ts'
import { isCorruptRecord } from '../domain/errors.ts'
import type { RejectionReason } from '../domain/events.ts'
import { type OptionNames, requireCallOptions } from '../domain/options.ts'
import type { SessionId, SessionRecord } from '../domain/session.ts'
import { type VerificationSpan, verificationTracer } from '../ports/diagnostics.ts'
import { createClientChangeReporter } from './client-check.ts'
import { reportRevoked, type SessionsContext, toActiveSession } from './context.ts'
import { isSecretAccepted, type Judgment } from './judge.ts'
import type {
  NoSessionReason,
  Sessions,
  Throttled,
  Verification,
  VerifyOptions,
} from './sessions.ts'
import {
  findOrReportUnreadable,
  judgeNow,
  type PresentedToken,
  parsePresentedToken,
} from './token-lookup.ts'

/** One verification: which token was presented, and by which client. */
interface Attempt {
  readonly presented: PresentedToken
  readonly client: Client
  readonly isActivity: boolean
}

type Judged<Status> = Extract<Judgment, { readonly status: Status }>
type Active<Data> = Extract<Verification<Data>, { readonly status: 'active' }>

const verifyOptionNames: OptionNames<VerifyOptions> = { skipCache: true, touch: true }

/** A loop over the names, because this runs for every request with options. */
function requireVerifyOptions(options: VerifyOptions): void {
  for (const name in options) {
    if (name === 'skipCache' || name === 'touch') continue
    requireCallOptions('verify', options, verifyOptionNames)
  }
}

/** Verifies presented tokens. */
export function createVerify<Data>(context: SessionsContext<Data>): Sessions<Data>['verify'] {
  const { cache, limiter } = context
  const { conclude, activate, reject } = createConclusions(context)

  const verify: Sessions<Data>['verify'] = (token, client, options) =>
    verificationTracer.isObserved()
      ? verificationTracer.trace(
          {},
          () => verifyToken(token, client, options),
          (span: VerificationSpan, { status }) => {
            span.status = status
          },
        )
      : verifyToken(token, client, options)
  return verify

  async function verifyToken(
    ...[token, client = unknownClient, options]: Parameters<Sessions<Data>['verify']>
  ): ReturnType<Sessions<Data>['verify']> {
    if (token === null || token === undefined) return { status: 'none', reason: 'no-token' }
    if (options !== undefined) requireVerifyOptions(options)
    const presented = parsePresentedToken(token)
    if (presented === null) return reject(client, 'malformed', null)
    const skipCache = options?.skipCache === true
    const attempt = { presented, client, isActivity: options?.touch !== false }
    return (skipCache ? null : verifyFromCache(attempt)) ?? verifyFromStore(attempt, skipCache)
  }

  /**
   * The cache may accept a token but never reject one: another process may have recorded activity
   * or rotated the secret, and the cache may not have it yet. Only the store can reject.
   */
  function verifyFromCache(
    attempt: Attempt,
  ): Verification<Data> | Promise<Verification<Data>> | null {
    const record = cache?.get(attempt.presented.id) ?? null
    if (record === null) return null
    const judgment = judgeNow(context, record, attempt)
    if (judgment.status !== 'active') return null
    const active = activate(judgment, attempt)
    if (active !== null) cache?.countHit()
    return active
  }

  async function verifyFromStore(
    attempt: Attempt,
    skipCache: boolean,
  ): Promise<Verification<Data> | Throttled> {
    const admitting = limiter.admit(attempt.presented, attempt.client)
    const admission = 'then' in admitting ? await admitting : admitting
    if (admission.status === 'throttled') return admission
    if (admission.status === 'rejected') return conclude({ status: 'unknown' }, attempt)
    let judgment: Judgment | null = null
    try {
      judgment = await judgeStored(attempt, skipCache)
    } finally {
      admission.release(judgment)
    }
    return conclude(judgment, attempt)
  }

  /** Reads the record, through the cache if there is one, and judges the token. */
  async function judgeStored(attempt: Attempt, skipCache: boolean): Promise<Judgment> {
    const { id } = attempt.presented
    // Cached only if the secret matches: guessed tokens must not evict sessions in use.
    const accepts = (record: SessionRecord) => isSecretAccepted(judgeNow(context, record, attempt))
    const load = skipCache ? cache?.loadUncached : cache?.load
    const read = load === undefined ? undefined : () => load(id, accepts)
    return judgeNow(context, await findOrReportUnreadable(context, id, read), attempt)
  }
}

/** Turns judgments into results. Reports events and ends sessions whose replaced secret was presented. */
function createConclusions<Data>(context: SessionsContext<Data>) {
  const { clock, report, activity } = context
  const reportClientChange = createClientChangeReporter(context, report, activity.latest)

  function conclude(
    judgment: Judgment,
    attempt: Attempt,
  ): Verification<Data> | Promise<Verification<Data>> {
    const { client } = attempt
    const sessionId = attempt.presented.id
    switch (judgment.status) {
      case 'active':
        return activate(judgment, attempt) ?? rejectUnreadable(judgment)
      case 'client-rejected':
        reportClientChange(judgment.record, client, judgment.at)
        return reject(client, judgment.reason, sessionId)
      case 'ended':
        reject(client, 'session-ended', sessionId)
        return { status: 'ended', sessionId, reason: judgment.reason }
      case 'secret-reused':
        return handleReusedSecret(judgment, client)
      case 'unreadable':
        return { status: 'none', reason: 'unreadable' }
      default:
        return reject(client, judgment.status, sessionId)
    }
  }

  /**
   * Returns the session and records the activity, or returns `null` if its data is corrupt. A promise if the
   * request must wait for the write of the activity.
   */
  function activate(
    { record, at }: Judged<'active'>,
    { client, isActivity }: Attempt,
  ): Active<Data> | Promise<Active<Data>> | null {
    reportClientChange(record, client, at)
    try {
      const active = toActiveSession(context, record, client)
      const { session, csrfSecret, hasFlash, stepUpReason } = active
      const verified: Active<Data> = {
        status: 'active',
        session,
        csrfSecret,
        hasFlash,
        stepUpReason,
      }
      const write = isActivity ? activity.record(record, at) : null
      return write === null ? verified : write.then(() => verified)
    } catch (error) {
      if (!isCorruptRecord(error)) throw error
      return null
    }
  }

  function rejectUnreadable({ record, at }: Judged<'active'>): Verification<Data> {
    report({ type: 'record-unreadable', at, sessionId: record.id })
    return { status: 'none', reason: 'unreadable' }
  }

  /** Ends the session immediately, because of the evidence of theft. No other verification writes. */
  async function handleReusedSecret(
    { record, at }: Judged<'secret-reused'>,
    client: Client,
  ): Promise<Verification<Data>> {
    const { id: sessionId, userId } = record
    const { ipAddress, userAgent } = client
    report({ type: 'secret-reused', at, sessionId, userId, ipAddress, userAgent })
    if (context.onSecretReuse === 'report') return reject(client, 'secret-reused', sessionId)

    const ending = { reason: 'secret-reused', at, by: null } as const
    const ended = await context.store.end(sessionId, ending)
    if (ended !== null) reportRevoked(report, [ended], ending)
    return { status: 'ended', sessionId, reason: 'secret-reused' }
  }

  function reject(
    client: Client,
    reason: RejectionReason,
    sessionId: SessionId | null,
  ): Verification<Data> {
    const at = clock.now()
    const { ipAddress, userAgent } = client
    report({ type: 'token-rejected', at, reason, sessionId, ipAddress, userAgent })
    return { status: 'none', reason: toPublicReason(reason) }
  }

  return { conclude, activate, reject }
}

/** Hides the reasons from which a client could learn whether a session id exists. */
function toPublicReason(reason: RejectionReason): NoSessionReason {
  switch (reason) {
    case 'malformed':
    case 'secret-replaced':
    case 'ip-address-changed':
    case 'user-agent-changed':
    case 'assurance-too-low':
      return reason
    default:
      return 'unknown'
  }
}
