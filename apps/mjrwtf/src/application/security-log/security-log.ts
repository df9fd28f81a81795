import type { Clock } from 'coatcheck'
import type { Secrets } from '../ports/secrets.ts'
import type {
  SecurityEventRepository,
  SecurityEventSink,
} from '../ports/security-event-repository.ts'
import type { DeviceDetector } from '../ports/user-sessions.ts'
import type { DescribeLocation } from '../shared/describe-location.ts'
import type { Limits } from '../shared/rate-limits.ts'
import type { DetectionSink } from './detection-input.ts'
import {
  createExportSecurityEvents,
  createListSecurityEvents,
  type ExportSecurityEvents,
  type ListSecurityEvents,
} from './list-security-events.ts'
import { createRecordSecurityEvent, type RecordSecurityEvent } from './record-security-event.ts'

/** The security events of each account. */
export interface SecurityLog {
  readonly record: RecordSecurityEvent
  readonly list: ListSecurityEvents
  readonly export: ExportSecurityEvents
}

export interface SecurityLogDependencies {
  readonly securityEvents: Pick<SecurityEventRepository, 'list'>
  readonly addSecurityEvent: SecurityEventSink
  /** Receives the events that may be part of an anomaly. */
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
  return {
    record: createRecordSecurityEvent(dependencies),
    list: createListSecurityEvents(dependencies),
    export: createExportSecurityEvents(dependencies),
  }
}
