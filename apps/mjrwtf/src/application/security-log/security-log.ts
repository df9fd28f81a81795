import type { Clock } from 'coatcheck'
import type { Throttled } from '../../domain/results.ts'
import {
  kindsOfTopic,
  type SecurityEvent,
  type SecurityTopic,
} from '../../domain/security-event.ts'
import type { UserId } from '../../domain/user.ts'
import type { Device, DeviceDetector } from '../ports/client-detection.ts'
import type { YieldToRequests } from '../ports/pace.ts'
import type { EntryPlace, PageStart } from '../ports/paging.ts'
import type { Secrets } from '../ports/secrets.ts'
import type {
  ListSecurityEventsRequest,
  SecurityEventRepository,
  SecurityEventSink,
} from '../ports/security-event-repository.ts'
import type { DescribeLocation } from '../shared/describe-client.ts'
import type { Limits } from '../shared/rate-limits.ts'
import type { DetectionSink } from './detection-input.ts'
import { createEventBudget, type RepeatedEvents } from './event-budget.ts'
import {
  createRecordSecurityEvent,
  type RecordSecurityEvent,
  toSecurityEvent,
} from './record-security-event.ts'

export interface SecurityLogRequest {
  readonly userId: UserId
  /** `null` for all topics. */
  readonly topic: SecurityTopic | null
  /** 1 to 100. */
  readonly limit: number
  /** `null` for the newest events. */
  readonly start: PageStart<EntryPlace> | null
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
  /** Whether the list continues in the direction of the start. */
  readonly hasMore: boolean
}

export interface ExportedSecurityEvents {
  readonly events: readonly LocatedSecurityEvent[]
}

export type SecurityEventExport =
  | ({ readonly status: 'exported' } & ExportedSecurityEvents)
  | Throttled

/** Maximum number of events in one exported file. */
export const maxExportRows = 10_000

/** Events that one statement of an export reads. */
const exportBatchSize = 500

/** The security events of each account, for its user. */
export interface SecurityLog {
  readonly record: RecordSecurityEvent
  /** Queues the numbers of events that were counted but not stored in the hours that have ended. Call it regularly. */
  recordEndedCounts(): void
  /** The same for all hours. Call it once, before the queue closes. */
  recordCounts(): void
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
  readonly yieldToRequests: YieldToRequests
  readonly detectDevice: DeviceDetector
  readonly describeLocation: DescribeLocation
  readonly limits: Pick<Limits, 'export'>
  readonly secrets: Pick<Secrets, 'id'>
  readonly clock: Clock
}

export function createSecurityLog(dependencies: SecurityLogDependencies): SecurityLog {
  const { securityEvents, flushSecurityEvents, detectDevice, describeLocation } = dependencies
  const { addSecurityEvent, secrets, clock } = dependencies
  const budget = createEventBudget()
  const record = createRecordSecurityEvent({ ...dependencies, budget })

  function addCounts(counted: readonly RepeatedEvents[]): void {
    for (const each of counted) addSecurityEvent(toSecurityEvent(each, secrets.id()))
  }

  function recordEndedCounts(): void {
    addCounts(budget.takeEnded(clock.now()))
  }

  /** A user who has just signed in expects to see it. Events that cannot be written now stay in the queue, which logs the failure. */
  async function writePendingEvents(): Promise<void> {
    recordEndedCounts()
    await flushSecurityEvents().catch(() => {})
  }

  async function readNewest(
    request: Pick<ListSecurityEventsRequest, 'userId' | 'kinds'>,
  ): Promise<readonly LocatedSecurityEvent[]> {
    const newest: LocatedSecurityEvent[] = []
    let start: PageStart<EntryPlace> | null = null
    while (newest.length < maxExportRows) {
      const page = await securityEvents.list({ ...request, limit: exportBatchSize, start })
      newest.push(...page.events.map(locate))
      const last = page.events.at(-1)
      if (!page.hasMore || last === undefined) break
      start = { direction: 'older', place: last }
      await dependencies.yieldToRequests()
    }
    return newest
  }

  function locate(event: SecurityEvent): LocatedSecurityEvent {
    return { ...event, location: describeLocation(event.ipAddress) }
  }

  return {
    record(event) {
      recordEndedCounts()
      record(event)
    },
    recordEndedCounts,
    recordCounts: () => addCounts(budget.takeAll()),
    async list({ topic, ...request }) {
      await writePendingEvents()
      const page = await securityEvents.list({ ...request, kinds: kindsOf(topic) })
      const events = page.events.map((event) => ({
        ...locate(event),
        device: detectDevice(event.userAgent),
      }))
      return { events, hasMore: page.hasMore }
    },
    async export({ userId, topic }) {
      const throttled = await dependencies.limits.export(userId)
      if (throttled !== null) return throttled
      await writePendingEvents()
      return { status: 'exported', events: await readNewest({ userId, kinds: kindsOf(topic) }) }
    },
  }
}

function kindsOf(topic: SecurityTopic | null): ListSecurityEventsRequest['kinds'] {
  return topic === null ? null : kindsOfTopic(topic)
}
