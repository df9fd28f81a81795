import { hash } from 'node:crypto'
import { type Client, networkOf, sameSubnet } from '../domain/client.ts'
import type { SessionId, SessionRecord } from '../domain/session.ts'
import type { Instant } from '../domain/time.ts'
import type { EventSink } from '../ports/event-sink.ts'
import type { ResolvedOptions } from './options.ts'

type Checks = Pick<ResolvedOptions<unknown>, 'ipAddressCheck' | 'userAgentCheck'>

/** Whether the client differs too much from the one that signed in, by the policy; `null` if not. */
export function checkClient(
  checks: Checks,
  record: SessionRecord,
  client: Client,
): 'address-changed' | 'user-agent-changed' | null {
  if (!addressPasses(checks, record.ipAddress, client.ipAddress)) return 'address-changed'
  const strict = checks.userAgentCheck === 'strict'
  return strict && record.userAgent !== client.userAgent ? 'user-agent-changed' : null
}

function addressPasses(checks: Checks, from: string | null, to: string | null): boolean {
  if (checks.ipAddressCheck === 'strict') return from === to
  if (checks.ipAddressCheck === 'subnet') return from === to || sameSubnet(from, to)
  return true
}

/**
 * Whether the client is the one that signed in, or one that has stepped up since: the same network and the same
 * browser, as far as the policy looks at them.
 */
export function isConfirmedClient(
  checks: Checks,
  { record, confirmed }: { readonly record: Client; readonly confirmed: readonly string[] },
  client: Client,
): boolean {
  const { ipAddress: from, userAgent } = record
  const { ipAddress: to } = client
  const isNear = checks.ipAddressCheck === 'off' || from === to || sameSubnet(from, to)
  const isSameAgent = checks.userAgentCheck === 'off' || userAgent === client.userAgent
  if (isNear && isSameAgent) return true
  return confirmed.length > 0 && confirmed.includes(clientMark(checks, client))
}

/** What stands for a client in what is stored: as much as is needed to know it again, and no address to read. */
export function clientMark(checks: Checks, { ipAddress, userAgent }: Client): string {
  const network = checks.ipAddressCheck === 'off' ? null : (networkOf(ipAddress) ?? ipAddress)
  const agent = checks.userAgentCheck === 'off' ? null : userAgent
  return hash('sha256', JSON.stringify([network, agent]), 'base64url').slice(0, 16)
}

/** How many sessions' last seen clients are remembered, so that one change is one event. */
const remembered = 10_000

export interface ChangeReporterParts {
  readonly report: EventSink
  /** When a session was last used. */
  readonly latest: (record: SessionRecord) => Instant
}

type ChangeReporter = (
  checks: Checks,
  record: SessionRecord,
  seen: { readonly client: Client; readonly at: Instant },
) => void

/** Raises an event when a session's client differs from the one before: once a change, not once a request. */
export function createChangeReporter({ report, latest }: ChangeReporterParts): ChangeReporter {
  const lastSeen = new Map<SessionId, Client>()

  function remember(id: SessionId, client: Client): void {
    lastSeen.delete(id)
    lastSeen.set(id, client)
    if (lastSeen.size <= remembered) return
    const oldest = lastSeen.keys().next()
    if (!oldest.done) lastSeen.delete(oldest.value)
  }

  return (checks, record, { client, at }) => {
    const before = lastSeen.get(record.id) ?? record
    const addressChanged = checks.ipAddressCheck !== 'off' && before.ipAddress !== client.ipAddress
    const agentChanged = checks.userAgentCheck !== 'off' && before.userAgent !== client.userAgent
    if (!addressChanged && !agentChanged) return

    remember(record.id, client)
    const { id: sessionId, userId } = record
    const about = { at, sessionId, userId, ...client, lastActivityAt: latest(record) }
    if (addressChanged) {
      report({ type: 'address-changed', ...about, from: before.ipAddress, to: client.ipAddress })
    }
    if (agentChanged) {
      report({ type: 'user-agent-changed', ...about, from: before.userAgent, to: client.userAgent })
    }
  }
}
