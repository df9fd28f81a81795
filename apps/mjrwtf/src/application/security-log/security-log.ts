import type { Clock } from 'coatcheck'
import type { Throttled } from '../../domain/results.ts'
import {
  kindsOfTopic,
  type SecurityEvent,
  type SecurityTopic,
} from '../../domain/security-event.ts'
import type { UserId } from '../../domain/user.ts'
import type { Device, DeviceDetector } from '../ports/client-detection.ts'
import type { Secrets } from '../ports/secrets.ts'
import type {
  ListSecurityEventsRequest,
  SecurityEventPage,
  SecurityEventRepository,
  SecurityEventSink,
} from '../ports/security-event-repository.ts'
import type { DescribeLocation } from '../shared/describe-client.ts'
import type { Limits } from '../shared/rate-limits.ts'
import type { DetectionSink } from './detection-input.ts'
import { createRecordSecurityEvent, type RecordSecurityEvent } from './record-security-event.ts'

export interface SecurityLogRequest {
  readonly userId: UserId
  /** `null` for all topics. */
  readonly topic: SecurityTopic | null
  /** 1 to 100. */
  readonly limit: number
  /** 0 or more. */
  readonly offset: number
}

/** A security event with the location of its IP address as text, or `null` if it is unknown. */
export interface LocatedSecurityEvent extends SecurityEvent {
  readonly location: string | null
}

export interface SecurityEventView extends LocatedSecurityEvent {
  readonly device: Device
}

export interface SecurityLogPage {
  /** Newest first. */
  readonly events: readonly SecurityEventView[]
  /** Number of events of that topic on all pages. */
  readonly total: number
}

export interface ExportedSecurityEvents extends SecurityEventPage {
  readonly events: readonly LocatedSecurityEvent[]
}

export type SecurityEventExport =
  | ({ readonly status: 'exported' } & ExportedSecurityEvents)
  | Throttled

/** Maximum number of events in one exported file. */
export const maxExportRows = 10_000

/** The security events of each account, for its user. */
export interface SecurityLog {
  readonly record: RecordSecurityEvent
  list(request: SecurityLogRequest): Promise<SecurityLogPage>
  /** Returns the newest events as stored, at most `maxExportRows`. */
  export(request: Pick<SecurityLogRequest, 'userId' | 'topic'>): Promise<SecurityEventExport>
}

export interface SecurityLogDependencies {
  readonly securityEvents: Pick<SecurityEventRepository, 'list'>
  readonly addSecurityEvent: SecurityEventSink
  /** Queues an event that may be part of an anomaly. */
  readonly addDetectionInput: DetectionSink
  /** Writes pending security events. Rejects if the database fails. */
  readonly flushSecurityEvents: () => Promise<void>
  readonly detectDevice: DeviceDetector
  readonly describeLocation: DescribeLocation
  readonly limits: Pick<Limits, 'export'>
  readonly secrets: Pick<Secrets, 'id'>
  readonly clock: Clock
}

export function createSecurityLog(dependencies: SecurityLogDependencies): SecurityLog {
  const { securityEvents, flushSecurityEvents, detectDevice, describeLocation } = dependencies

  async function readPage(request: ListSecurityEventsRequest) {
    // A user who has just signed in expects to see it. Events that cannot be written now stay in the queue, which logs
    // the failure.
    await flushSecurityEvents().catch(() => {})
    const { events, total } = await securityEvents.list(request)
    return { events: events.map(locate), total }
  }

  function locate(event: SecurityEvent): LocatedSecurityEvent {
    return { ...event, location: describeLocation(event.ipAddress) }
  }

  return {
    record: createRecordSecurityEvent(dependencies),
    async list({ topic, ...request }) {
      const { events, total } = await readPage({ ...request, kinds: kindsOf(topic) })
      const views = events.map((event) => ({ ...event, device: detectDevice(event.userAgent) }))
      return { events: views, total }
    },
    async export({ userId, topic }) {
      const throttled = await dependencies.limits.export(userId)
      if (throttled !== null) return throttled
      const request = { userId, kinds: kindsOf(topic), limit: maxExportRows, offset: 0 }
      return { status: 'exported', ...(await readPage(request)) }
    },
  }
}

function kindsOf(topic: SecurityTopic | null): ListSecurityEventsRequest['kinds'] {
  return topic === null ? null : kindsOfTopic(topic)
}
