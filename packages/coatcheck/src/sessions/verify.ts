import { type Client, unknownClient } from '../domain/client.ts'
import type { RejectionReason } from '../domain/events.ts'
import type { SessionId, SessionRecord } from '../domain/session.ts'
import type { Instant } from '../domain/time.ts'
import {
  type Claim,
  findReadable,
  type NoClaim,
  type Presented,
  readToken,
  toClaim,
} from './claim.ts'
import { checkClient, createChangeReporter } from './client-check.ts'
import { reasonOver, type SessionsContext } from './context.ts'
import { reportRevoked } from './event-dispatcher.ts'
import { goodMatch, openSession } from './open-session.ts'
import type { NoSession, Throttled, Verification, VerifyOptions } from './sessions.ts'
import { createStoreGate } from './store-gate.ts'
import type { VerificationCache } from './verification-cache.ts'

type Verify<Data> = (
  token: string | null | undefined,
  client?: Client,
  options?: VerifyOptions,
) => Promise<Verification<Data> | Throttled>

/** One verification: what was presented, by whom. */
interface Attempt {
  readonly presented: Presented
  readonly client: Client
  readonly isActivity: boolean
}

/** Decides about presented tokens. */
export function createVerify<Data>(context: SessionsContext<Data>): Verify<Data> {
  const { cache, clock } = context
  const { report, activity } = context
  const reportChanges = createChangeReporter({ report, latest: activity.latest })
  const gate = createStoreGate(context)
  const find = createFind(context)

  return async function verify(token, client = unknownClient, options) {
    if (token === null || token === undefined) return { status: 'none', reason: 'no-token' }
    const presented = readToken(token)
    if (presented === null) return reject(client, 'malformed', null)
    const fresh = options?.fresh === true
    const attempt = { presented, client, isActivity: options?.touch !== false }
    return (fresh ? null : verifyFromMemory(attempt)) ?? verifyFromStore(attempt, fresh)
  }

  /**
   * Memory may say yes and nothing else: a no could come of activity or of a rotation elsewhere
   * that is not known here yet, and is the store's to say.
   */
  function verifyFromMemory(attempt: Attempt): Verification<Data> | null {
    const { presented, client } = attempt
    const record = cache?.recall(presented.id) ?? null
    if (record === null) return null
    const now = clock.now()
    const match = goodMatch(context, record, { presented, now })
    if (match === null) return null
    if (checkClient(context, record, client) !== null) return null
    reportChanges(context, record, { client, at: now })
    const active = openSession(context, { record, match, now }, attempt)
    if (active !== null) cache?.noteHit()
    return active
  }

  async function verifyFromStore(
    attempt: Attempt,
    fresh: boolean,
  ): Promise<Verification<Data> | Throttled> {
    const { presented, client } = attempt
    // Who holds the secret of a session in memory guesses nothing, and is no flood.
    if (fresh && isHeldInMemory(context, presented))
      return decide(await find(presented, fresh), attempt)
    const entering = gate.enter(client)
    const throttled = entering === null ? null : await entering
    if (throttled !== null) return throttled
    let claim: Claim | NoClaim | null = null
    try {
      claim = await find(presented, fresh)
    } finally {
      gate.leave(client, claim)
    }
    return decide(claim, attempt)
  }

  function decide(
    claim: Claim | NoClaim,
    attempt: Attempt,
  ): Verification<Data> | Promise<Verification<Data>> {
    if ('record' in claim) return judge(claim, attempt)
    if (claim.match === 'unreadable') return { status: 'none', reason: 'unreadable' }
    return reject(attempt.client, claim.match, claim.id)
  }

  async function judge(claim: Claim, attempt: Attempt): Promise<Verification<Data>> {
    const { client } = attempt
    const { record, now } = claim
    const over = reasonOver(context, record, now)
    if (over !== null) {
      reject(client, 'session-ended', record.id)
      return { status: 'ended', sessionId: record.id, reason: over }
    }
    if (claim.match === 'reused') return reuse(claim, client)
    if (claim.match === 'replaced') return reject(client, 'secret-replaced', record.id)

    const refusal = checkClient(context, record, client)
    reportChanges(context, record, { client, at: now })
    if (refusal !== null) return reject(client, refusal, record.id)

    return openSession(context, claim, attempt) ?? unreadable(record, now)
  }

  function unreadable({ id: sessionId }: SessionRecord, at: Instant): Verification<Data> {
    context.report({ type: 'record-unreadable', at, sessionId })
    return { status: 'none', reason: 'unreadable' }
  }

  /** The only write in a verification: evidence of theft does not wait. */
  async function reuse({ record, now }: Claim, client: Client): Promise<Verification<Data>> {
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
    return { status: 'none', reason: toNoSession(reason) }
  }
}

/** Whether memory knows the session, and that the secret opens it. */
function isHeldInMemory<Data>(context: SessionsContext<Data>, presented: Presented): boolean {
  const record = context.cache?.recall(presented.id) ?? null
  if (record === null) return false
  return goodMatch(context, record, { presented, now: context.clock.now() }) !== null
}

/** Finds what a token claims, through the cache where there is one. */
function createFind<Data>(context: SessionsContext<Data>) {
  const { cache, clock } = context

  return async function find(presented: Presented, fresh: boolean): Promise<Claim | NoClaim> {
    const read = cache === null ? undefined : () => findThrough(cache, presented, fresh)
    return toClaim(context, presented, await findReadable(context, presented.id, read))
  }

  function findThrough(
    { find, findFresh }: VerificationCache,
    presented: Presented,
    fresh: boolean,
  ): Promise<SessionRecord | null> {
    // Kept only for who holds the secret: a flood of ids without one must
    // not push out those in use.
    const keep = (record: SessionRecord) =>
      goodMatch(context, record, { presented, now: clock.now() }) !== null
    return fresh ? findFresh(presented.id, keep) : find(presented.id, keep)
  }
}

/** A client learns no more than it must: whether an id exists is not its business. */
function toNoSession(reason: RejectionReason): NoSession {
  switch (reason) {
    case 'malformed':
    case 'secret-replaced':
    case 'address-changed':
    case 'user-agent-changed':
      return reason
    default:
      return 'unknown'
  }
}
