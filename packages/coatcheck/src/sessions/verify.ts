import { type Client, unknownClient } from '../domain/client.ts'
import { isCorruptRecord } from '../domain/errors.ts'
import type { RejectionReason } from '../domain/events.ts'
import { expiry, type SessionId, type SessionRecord } from '../domain/session.ts'
import type { Instant } from '../domain/time.ts'
import { parseToken } from '../domain/token.ts'
import { checkClient, createChangeReporter } from './client-check.ts'
import { type SessionsContext, toActiveSession } from './context.ts'
import { reportRevoked } from './event-dispatcher.ts'
import { hashSecret, matchSecret, type SecretMatch } from './secret.ts'
import type { NoSession, Verification } from './sessions.ts'

type Verify<Data> = (
  token: string | null | undefined,
  client?: Client,
) => Promise<Verification<Data>>

/** A record that the token names and whose secret it holds, or held until a rotation. */
interface Claim {
  readonly record: SessionRecord
  readonly match: Exclude<SecretMatch, 'wrong'>
  readonly now: Instant
}

/** Finds the session of a token and compares the secret; judges neither timeouts nor ending. */
export async function findClaim<Data>(
  context: SessionsContext<Data>,
  token: string,
): Promise<Claim | { readonly match: RejectionReason; readonly id: SessionId | null }> {
  const parts = parseToken(token)
  if (parts === null) return { match: 'malformed', id: null }
  const presented = hashSecret(parts.secret)
  const record = await context.store.find(parts.id)
  if (record === null) return { match: 'unknown', id: parts.id }
  // Read after the store answered: a session must not outlive its timeout by a slow read.
  const now = context.clock.now()
  const match = matchSecret(record, presented, now)
  return match === 'wrong' ? { match: 'wrong-secret', id: parts.id } : { record, match, now }
}

export function createVerify<Data>(context: SessionsContext<Data>): Verify<Data> {
  const reportChanges = createChangeReporter(context.report)

  return async function verify(token, client = unknownClient) {
    if (token === null || token === undefined) return { status: 'none', reason: 'no-token' }
    try {
      const claim = await findClaim(context, token)
      if (!('record' in claim)) return reject(client, claim.match, claim.id)
      return await judge(claim, client)
    } catch (error) {
      return unreadable(token, error)
    }
  }

  async function judge(claim: Claim, client: Client): Promise<Verification<Data>> {
    const { record, now } = claim
    const over = record.endReason ?? expiry(withActivity(record), now)
    if (over !== null) {
      reject(client, 'session-ended', record.id)
      return { status: 'ended', sessionId: record.id, reason: over }
    }
    if (claim.match === 'reused') return reuse(claim, client)

    const refusal = checkClient(context, record, client)
    reportChanges(context, record, { client, at: now })
    if (refusal !== null) return reject(client, refusal, record.id)

    const active = toActiveSession(context, record)
    context.activity.note(record, now)
    return { status: 'active', ...active }
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

  function withActivity(record: SessionRecord): SessionRecord {
    return { ...record, lastActivityAt: context.activity.latest(record) }
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

  function unreadable(token: string, error: unknown): Verification<Data> {
    const sessionId = parseToken(token)?.id
    if (!isCorruptRecord(error) || sessionId === undefined) throw error
    context.report({ type: 'record-unreadable', at: context.clock.now(), sessionId })
    return { status: 'none', reason: 'unreadable' }
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
