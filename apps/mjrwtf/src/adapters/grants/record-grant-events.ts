import type { GrantEvent, GrantEventSink } from 'coatcheck/grants'
import type { RecordSecurityEvent } from '../../application/security-log/record-security-event.ts'

type RecordedEvent = Extract<
  GrantEvent,
  { readonly type: 'grant-revoked' | 'grant-expired' | 'refresh-token-reused' }
>

/** Records the ends of grants in the security log of their user. `reportConnectedApp` records new grants, with their name. */
export function recordGrantEvents(record: RecordSecurityEvent): GrantEventSink {
  return (event) => {
    if (!isRecorded(event)) return
    const { type: kind, userId, at } = event
    record({ kind, userId, at, detail: 'reason' in event ? event.reason : null })
  }
}

function isRecorded(event: GrantEvent): event is RecordedEvent {
  return ['grant-revoked', 'grant-expired', 'refresh-token-reused'].includes(event.type)
}
