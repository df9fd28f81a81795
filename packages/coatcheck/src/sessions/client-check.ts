import { type Client, sameSubnet } from '../domain/client.ts'
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

/** How many sessions' last seen clients are remembered, so that one change is one event. */
const remembered = 10_000

type ChangeReporter = (
  checks: Checks,
  record: SessionRecord,
  seen: { readonly client: Client; readonly at: Instant },
) => void

/** Raises an event when a session's client differs from the one before: once a change, not once a request. */
export function createChangeReporter(report: EventSink): ChangeReporter {
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
    const about = { at, sessionId: record.id, userId: record.userId }
    if (addressChanged) {
      report({ type: 'address-changed', ...about, from: before.ipAddress, to: client.ipAddress })
    }
    if (agentChanged) {
      report({ type: 'user-agent-changed', ...about, from: before.userAgent, to: client.userAgent })
    }
  }
}
