import { hash } from 'node:crypto'
import { type Client, networkOf, sameSubnet } from '../domain/client.ts'
import type { EventSink } from '../domain/events.ts'
import type { SessionRecord } from '../domain/session.ts'
import type { Instant } from '../domain/time.ts'
import type { ResolvedOptions } from './resolve-options.ts'
import { createRecentMap } from './unknown-tokens/recent-map.ts'

/** Which parts of the client are checked, and how strictly. */
export type ClientPolicy = Pick<ResolvedOptions<unknown>, 'ipAddressCheck' | 'userAgentCheck'>

export type ClientRejection = 'ip-address-changed' | 'user-agent-changed'

/** Why the policy rejects a client that differs from the one at sign-in, or `null`. */
export function checkClient(
  policy: ClientPolicy,
  record: SessionRecord,
  client: Client,
): ClientRejection | null {
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
 * Whether the client signed in or has stepped up since: same network and same user agent, as far as
 * the policy checks them.
 */
export function isConfirmedClient(
  policy: ClientPolicy,
  session: { readonly record: Client; readonly confirmedClients: readonly string[] },
  client: Client,
): boolean {
  const { record, confirmedClients } = session
  const { ipAddress: from, userAgent } = record
  const { ipAddress: to } = client
  const isSameNetwork = policy.ipAddressCheck === 'off' || from === to || sameSubnet(from, to)
  const isSameUserAgent = policy.userAgentCheck === 'off' || userAgent === client.userAgent
  if (isSameNetwork && isSameUserAgent) return true
  return confirmedClients.length > 0 && confirmedClients.includes(clientFingerprint(policy, client))
}

/** Identifies a client in stored data without storing its IP address or user agent. */
export function clientFingerprint(policy: ClientPolicy, { ipAddress, userAgent }: Client): string {
  const networkPart = policy.ipAddressCheck === 'off' ? null : (networkOf(ipAddress) ?? ipAddress)
  const userAgentPart = policy.userAgentCheck === 'off' ? null : userAgent
  return hash('sha256', JSON.stringify([networkPart, userAgentPart]), 'base64url').slice(0, 16)
}

/** Sessions whose last client is remembered: at least the last ones of this number. */
const maxRememberedClients = 10_000

/** Reports each change of a session's client once, not once per request. */
export function createClientChangeReporter(
  policy: ClientPolicy,
  report: EventSink,
  latestActivity: (record: SessionRecord) => Instant,
) {
  const lastSeen = createRecentMap<Client>(maxRememberedClients)

  return function reportClientChange(record: SessionRecord, client: Client, at: Instant): void {
    const previous = lastSeen.get(record.id) ?? record
    const { ipAddress, userAgent } = client
    const ipAddressChanged = policy.ipAddressCheck !== 'off' && previous.ipAddress !== ipAddress
    const userAgentChanged = policy.userAgentCheck !== 'off' && previous.userAgent !== userAgent
    if (!ipAddressChanged && !userAgentChanged) return

    lastSeen.set(record.id, client)
    const { id: sessionId, userId } = record
    const fields = { at, sessionId, userId, ...client, lastActivityAt: latestActivity(record) }
    if (ipAddressChanged) {
      const change = { from: previous.ipAddress, to: ipAddress }
      report({ type: 'ip-address-changed', ...fields, ...change })
    }
    if (userAgentChanged) {
      const change = { from: previous.userAgent, to: userAgent }
      report({ type: 'user-agent-changed', ...fields, ...change })
    }
  }
}
