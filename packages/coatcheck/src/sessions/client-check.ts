import { hash } from 'node:crypto'
import { type Client, networkOf, sameSubnet } from '../domain/client.ts'
import type { SessionId, SessionRecord } from '../domain/session.ts'
import type { Instant } from '../domain/time.ts'
import type { EventSink } from '../ports/event-sink.ts'
import type { ResolvedOptions } from './options.ts'

type ClientPolicy = Pick<ResolvedOptions<unknown>, 'ipAddressCheck' | 'userAgentCheck'>

/** Whether the client differs too much from the one that signed in, by the policy; `null` if not. */
export function checkClient(
  policy: ClientPolicy,
  record: SessionRecord,
  client: Client,
): 'ip-address-changed' | 'user-agent-changed' | null {
  if (!isIpAddressAllowed(policy, record.ipAddress, client.ipAddress)) return 'ip-address-changed'
  const isStrict = policy.userAgentCheck === 'strict'
  return isStrict && record.userAgent !== client.userAgent ? 'user-agent-changed' : null
}

function isIpAddressAllowed(policy: ClientPolicy, from: string | null, to: string | null): boolean {
  if (policy.ipAddressCheck === 'strict') return from === to
  if (policy.ipAddressCheck === 'subnet') return from === to || sameSubnet(from, to)
  return true
}

/**
 * Whether the client is the one that signed in, or one that has stepped up since: the same network and the same
 * browser, as far as the policy looks at them.
 */
export function isConfirmedClient(
  policy: ClientPolicy,
  {
    record,
    confirmedClients,
  }: { readonly record: Client; readonly confirmedClients: readonly string[] },
  client: Client,
): boolean {
  const { ipAddress: from, userAgent } = record
  const { ipAddress: to } = client
  const isSameNetwork = policy.ipAddressCheck === 'off' || from === to || sameSubnet(from, to)
  const isSameUserAgent = policy.userAgentCheck === 'off' || userAgent === client.userAgent
  if (isSameNetwork && isSameUserAgent) return true
  return confirmedClients.length > 0 && confirmedClients.includes(clientFingerprint(policy, client))
}

/** What stands for a client in what is stored: as much as is needed to know it again, and no address to read. */
export function clientFingerprint(policy: ClientPolicy, { ipAddress, userAgent }: Client): string {
  const networkPart = policy.ipAddressCheck === 'off' ? null : (networkOf(ipAddress) ?? ipAddress)
  const userAgentPart = policy.userAgentCheck === 'off' ? null : userAgent
  return hash('sha256', JSON.stringify([networkPart, userAgentPart]), 'base64url').slice(0, 16)
}

/** How many sessions' last seen clients are remembered, so that one change is one event. */
const maxRememberedClients = 10_000

export interface ClientChangeReporterDependencies {
  readonly report: EventSink
  /** When a session was last used. */
  readonly latestActivity: (record: SessionRecord) => Instant
}

type ClientChangeReporter = (
  policy: ClientPolicy,
  record: SessionRecord,
  observed: { readonly client: Client; readonly at: Instant },
) => void

/** Raises an event when a session's client differs from the one before: once a change, not once a request. */
export function createClientChangeReporter({
  report,
  latestActivity,
}: ClientChangeReporterDependencies): ClientChangeReporter {
  const lastSeen = new Map<SessionId, Client>()

  function rememberClient(id: SessionId, client: Client): void {
    lastSeen.delete(id)
    lastSeen.set(id, client)
    if (lastSeen.size <= maxRememberedClients) return
    const oldest = lastSeen.keys().next()
    if (!oldest.done) lastSeen.delete(oldest.value)
  }

  return (policy, record, { client, at }) => {
    const previous = lastSeen.get(record.id) ?? record
    const ipAddressChanged =
      policy.ipAddressCheck !== 'off' && previous.ipAddress !== client.ipAddress
    const userAgentChanged =
      policy.userAgentCheck !== 'off' && previous.userAgent !== client.userAgent
    if (!ipAddressChanged && !userAgentChanged) return

    rememberClient(record.id, client)
    const { id: sessionId, userId } = record
    const fields = { at, sessionId, userId, ...client, lastActivityAt: latestActivity(record) }
    if (ipAddressChanged) {
      report({
        type: 'ip-address-changed',
        ...fields,
        from: previous.ipAddress,
        to: client.ipAddress,
      })
    }
    if (userAgentChanged) {
      report({
        type: 'user-agent-changed',
        ...fields,
        from: previous.userAgent,
        to: client.userAgent,
      })
    }
  }
}
