import { type Client, unknownClient } from '../domain/client.ts'
import type { RejectionReason } from '../domain/events.ts'
import type { SessionId, SessionRecord } from '../domain/session.ts'
import type { Instant } from '../domain/time.ts'
import { acceptedMatch, activateSession } from './activate-session.ts'
import type { VerificationCache } from './cache/verification-cache.ts'
import { checkClient, createClientChangeReporter } from './client-check.ts'
import { endReasonAt, type SessionsContext } from './context.ts'
import { reportRevoked } from './event-dispatcher.ts'
import type { NoSessionReason, Throttled, Verification, VerifyOptions } from './sessions.ts'
import {
  findOrReportUnreadable,
  type LookupFailure,
  type MatchedSession,
  matchToken,
  type PresentedToken,
  parsePresentedToken,
} from './token-lookup.ts'
import { createUnknownTokenLimiter } from './unknown-tokens/limiter.ts'

type Verify<Data> = (
  token: string | null | undefined,
  client?: Client,
  options?: VerifyOptions,
) => Promise<Verification<Data> | Throttled>

/** One verification: what was presented, by whom. */
interface Attempt {
  readonly presented: PresentedToken
  readonly client: Client
  readonly isActivity: boolean
}

/** Decides about presented tokens. */
export function createVerify<Data>(context: SessionsContext<Data>): Verify<Data> {
  const { cache, clock } = context
  const { report, activity } = context
  const reportClientChange = createClientChangeReporter({ report, latestActivity: activity.latest })
  const limiter = createUnknownTokenLimiter(context)
  const load = createLoader(context)

  return async function verify(token, client = unknownClient, options) {
    if (token === null || token === undefined) return { status: 'none', reason: 'no-token' }
    const presented = parsePresentedToken(token)
    if (presented === null) return reject(client, 'malformed', null)
    const fresh = options?.fresh === true
    const attempt = { presented, client, isActivity: options?.touch !== false }
    return (fresh ? null : verifyFromCache(attempt)) ?? verifyFromStore(attempt, fresh)
  }

  /**
   * Memory may say yes and nothing else: a no could come of activity or of a rotation elsewhere
   * that is not known here yet, and is the store's to say.
   */
  function verifyFromCache(attempt: Attempt): Verification<Data> | null {
    const { presented, client } = attempt
    const record = cache?.get(presented.id) ?? null
    if (record === null) return null
    const now = clock.now()
    const match = acceptedMatch(context, record, { presented, now })
    if (match === null) return null
    if (checkClient(context, record, client) !== null) return null
    reportClientChange(context, record, { client, at: now })
    const active = activateSession(context, { record, match, now }, attempt)
    if (active !== null) cache?.countHit()
    return active
  }

  async function verifyFromStore(
    attempt: Attempt,
    fresh: boolean,
  ): Promise<Verification<Data> | Throttled> {
    const { presented, client } = attempt
    // Who holds the secret of a session in memory guesses nothing, and is no flood.
    if (fresh && isCachedAndValid(context, presented))
      return decide(await load(presented, fresh), attempt)
    const acquiring = limiter.acquire(client)
    const throttled = acquiring === null ? null : await acquiring
    if (throttled !== null) return throttled
    let lookup: MatchedSession | LookupFailure | null = null
    try {
      lookup = await load(presented, fresh)
    } finally {
      limiter.release(client, lookup)
    }
    return decide(lookup, attempt)
  }

  function decide(
    lookup: MatchedSession | LookupFailure,
    attempt: Attempt,
  ): Verification<Data> | Promise<Verification<Data>> {
    if ('record' in lookup) return judge(lookup, attempt)
    if (lookup.match === 'unreadable') return { status: 'none', reason: 'unreadable' }
    return reject(attempt.client, lookup.match, lookup.id)
  }

  async function judge(matched: MatchedSession, attempt: Attempt): Promise<Verification<Data>> {
    const { client } = attempt
    const { record, now } = matched
    const endReason = endReasonAt(context, record, now)
    if (endReason !== null) {
      reject(client, 'session-ended', record.id)
      return { status: 'ended', sessionId: record.id, reason: endReason }
    }
    if (matched.match === 'reused') return handleReusedSecret(matched, client)
    if (matched.match === 'replaced') return reject(client, 'secret-replaced', record.id)

    const rejection = checkClient(context, record, client)
    reportClientChange(context, record, { client, at: now })
    if (rejection !== null) return reject(client, rejection, record.id)

    return activateSession(context, matched, attempt) ?? rejectUnreadable(record, now)
  }

  function rejectUnreadable({ id: sessionId }: SessionRecord, at: Instant): Verification<Data> {
    context.report({ type: 'record-unreadable', at, sessionId })
    return { status: 'none', reason: 'unreadable' }
  }

  /** The only write in a verification: evidence of theft does not wait. */
  async function handleReusedSecret(
    { record, now }: MatchedSession,
    client: Client,
  ): Promise<Verification<Data>> {
    const { id: sessionId, userId } = record
    const { ipAddress, userAgent } = client
    context.report({ type: 'secret-reused', at: now, sessionId, userId, ipAddress, userAgent })
    if (context.onSecretReuse === 'report') return reject(client, 'secret-reused', sessionId)

    const ending = { reason: 'secret-reused', at: now, by: null } as const
    const ended = await context.store.end(sessionId, ending)
    if (ended !== null) reportRevoked(context.report, [ended], ending)
    return { status: 'ended', sessionId, reason: 'secret-reused' }
  }

  function reject(
    client: Client,
    reason: RejectionReason,
    sessionId: SessionId | null,
  ): Verification<Data> {
    const at = context.clock.now()
    const { ipAddress, userAgent } = client
    context.report({ type: 'token-rejected', at, reason, sessionId, ipAddress, userAgent })
    return { status: 'none', reason: toPublicReason(reason) }
  }
}

/** Whether memory knows the session, and that the secret opens it. */
function isCachedAndValid<Data>(
  context: SessionsContext<Data>,
  presented: PresentedToken,
): boolean {
  const record = context.cache?.get(presented.id) ?? null
  if (record === null) return false
  return acceptedMatch(context, record, { presented, now: context.clock.now() }) !== null
}

/** Finds what a token claims, through the cache where there is one. */
function createLoader<Data>(context: SessionsContext<Data>) {
  const { cache, clock } = context

  return async function load(
    presented: PresentedToken,
    fresh: boolean,
  ): Promise<MatchedSession | LookupFailure> {
    const read = cache === null ? undefined : () => loadThroughCache(cache, presented, fresh)
    return matchToken(context, presented, await findOrReportUnreadable(context, presented.id, read))
  }

  function loadThroughCache(
    { load, loadFresh }: VerificationCache,
    presented: PresentedToken,
    fresh: boolean,
  ): Promise<SessionRecord | null> {
    // Kept only for who holds the secret: a flood of ids without one must
    // not push out those in use.
    const shouldCache = (record: SessionRecord) =>
      acceptedMatch(context, record, { presented, now: clock.now() }) !== null
    return fresh ? loadFresh(presented.id, shouldCache) : load(presented.id, shouldCache)
  }
}

/** A client learns no more than it must: whether an id exists is not its business. */
function toPublicReason(reason: RejectionReason): NoSessionReason {
  switch (reason) {
    case 'malformed':
    case 'secret-replaced':
    case 'ip-address-changed':
    case 'user-agent-changed':
      return reason
    default:
      return 'unknown'
  }
}
