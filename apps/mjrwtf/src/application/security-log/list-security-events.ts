import type { Throttled } from '../../domain/results.ts'
import {
  kindsOfTopic,
  type SecurityEvent,
  type SecurityTopic,
} from '../../domain/security-event.ts'
import type { UserId } from '../../domain/user.ts'
import type {
  ListSecurityEventsRequest,
  SecurityEventPage,
  SecurityEventRepository,
} from '../ports/security-event-repository.ts'
import type { Device, DeviceDetector } from '../ports/user-sessions.ts'
import type { DescribeLocation } from '../shared/describe-location.ts'
import type { Limits } from '../shared/rate-limits.ts'

export interface SecurityLogRequest {
  readonly userId: UserId
  /** `null` for everything. */
  readonly topic: SecurityTopic | null
  /** 1 to 100. */
  readonly limit: number
  /** 0 or more. */
  readonly offset: number
}

/** An event, and where its address is, in words; `null` where that is not known. */
export interface LocatedSecurityEvent extends SecurityEvent {
  readonly location: string | null
}

export interface SecurityEventView extends LocatedSecurityEvent {
  readonly device: Device
}

export interface SecurityLogPage {
  /** Newest first. */
  readonly events: readonly SecurityEventView[]
  /** How many there are of that topic, on all pages. */
  readonly total: number
}

/** One page of what happened to somebody's own account. */
export type ListSecurityEvents = (request: SecurityLogRequest) => Promise<SecurityLogPage>

export interface ExportedSecurityEvents extends SecurityEventPage {
  readonly events: readonly LocatedSecurityEvent[]
}

/** All of it as it is kept, newest first, up to `longestExport` events. */
export type ExportSecurityEvents = (
  request: Pick<SecurityLogRequest, 'userId' | 'topic'>,
) => Promise<SecurityEventExport>

export type SecurityEventExport =
  | ({ readonly status: 'exported' } & ExportedSecurityEvents)
  | Throttled

/** How many events one file holds at most. */
export const maxExportRows = 10_000

export interface ListSecurityEventsPorts {
  readonly securityEvents: Pick<SecurityEventRepository, 'list'>
  /** Writes what was told of and waits. */
  readonly flushSecurityEvents: () => Promise<void>
  readonly detectDevice: DeviceDetector
  readonly describeLocation: DescribeLocation
}

export function createListSecurityEvents(ports: ListSecurityEventsPorts): ListSecurityEvents {
  return async function listSecurityEvents({ topic, ...request }) {
    const { events, total } = await readPage(ports, { ...request, kinds: kindsOf(topic) })
    const views = events.map((event) => ({
      ...locate(ports, event),
      device: ports.detectDevice(event.userAgent),
    }))
    return { events: views, total }
  }
}

export function createExportSecurityEvents(
  ports: ListSecurityEventsPorts & { readonly limits: Pick<Limits, 'export'> },
): ExportSecurityEvents {
  return async function exportSecurityEvents({ userId, topic }) {
    const throttled = await ports.limits.export(userId)
    if (throttled !== null) return throttled
    const request = { userId, kinds: kindsOf(topic), limit: maxExportRows, offset: 0 }
    const { events, total } = await readPage(ports, request)
    return { status: 'exported', events: events.map((event) => locate(ports, event)), total }
  }
}

function locate(
  { describeLocation }: ListSecurityEventsPorts,
  event: SecurityEvent,
): LocatedSecurityEvent {
  return { ...event, location: describeLocation(event.ipAddress) }
}

function kindsOf(topic: SecurityTopic | null): ListSecurityEventsRequest['kinds'] {
  return topic === null ? null : kindsOfTopic(topic)
}

async function readPage(
  { securityEvents, flushSecurityEvents }: ListSecurityEventsPorts,
  request: ListSecurityEventsRequest,
): Promise<SecurityEventPage> {
  // Who has just signed in looks for it here. What cannot be written now waits on, and is told of elsewhere.
  await flushSecurityEvents().catch(() => {})
  return securityEvents.list(request)
}
