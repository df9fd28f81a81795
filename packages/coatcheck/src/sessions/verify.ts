import { type Client, unknownClient } from '../domain/client.ts'
import { isCorruptRecord } from '../domain/errors.ts'
import type { RejectionReason } from '../domain/events.ts'
import type { SessionId, SessionRecord } from '../domain/session.ts'
import type { Instant } from '../domain/time.ts'
import { type Claim, findClaim } from './claim.ts'
import { checkClient, createChangeReporter } from './client-check.ts'
import { reasonOver, type SessionsContext, toActiveSession } from './context.ts'
import { reportRevoked } from './event-dispatcher.ts'
import type { NoSession, Verification } from './sessions.ts'

type Verify<Data> = (
  token: string | null | undefined,
  client?: Client,
) => Promise<Verification<Data>>

/** Decides about presented tokens. */
export function createVerify<Data>(context: SessionsContext<Data>): Verify<Data> {
  const reportChanges = createChangeReporter(context.report)

  return async function verify(token, client = unknownClient) {
    if (token === null || token === undefined) return { status: 'none', reason: 'no-token' }
    const claim = await findClaim(context, token)
    if ('record' in claim) return judge(claim, client)
    if (claim.match === 'unreadable') return { status: 'none', reason: 'unreadable' }
    return reject(client, claim.match, claim.id)
  }

  async function judge(claim: Claim, client: Client): Promise<Verification<Data>> {
    const { record, now } = claim
    const over = reasonOver(context, record, now)
    if (over !== null) {
      reject(client, 'session-ended', record.id)
      return { status: 'ended', sessionId: record.id, reason: over }
    }
    if (claim.match === 'reused') return reuse(claim, client)

    const refusal = checkClient(context, record, client)
    reportChanges(context, record, { client, at: now })
    if (refusal !== null) return reject(client, refusal, record.id)

    return open(record, now)
  }

  function open(record: SessionRecord, now: Instant): Verification<Data> {
    try {
      const active = toActiveSession(context, record)
      context.activity.note(record, now)
      return { status: 'active', ...active }
    } catch (error) {
      if (!isCorruptRecord(error)) throw error
      context.report({ type: 'record-unreadable', at: now, sessionId: record.id })
      return { status: 'none', reason: 'unreadable' }
    }
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

/** A client learns no more than it must: whether an id exists is not its business. */
function toNoSession(reason: RejectionReason): NoSession {
  switch (reason) {
    case 'malformed':
    case 'address-changed':
    case 'user-agent-changed':
      return reason
    default:
      return 'unknown'
  }
}
