import type { LocatedSecurityEvent } from '../../../application/security-log/security-log.ts'
import { csvLine } from '../responses/download.ts'
import { securityEventText } from './security-event-text.ts'

const columns = [
  'time',
  'event',
  'description',
  'outcome',
  'session_id',
  'ip_address',
  'place',
  'user_agent',
  'detail',
] as const

type Row = Readonly<Record<(typeof columns)[number], string | null>>

/** An event as a row, by column. */
export function toRow(event: LocatedSecurityEvent): Row {
  return {
    time: new Date(event.at).toISOString(),
    event: event.kind,
    description: securityEventText(event),
    outcome: event.outcome,
    session_id: event.sessionId,
    ip_address: event.ipAddress,
    place: event.location,
    user_agent: event.userAgent,
    detail: event.detail,
  }
}

/** The events as JSON. */
export function toJson(events: readonly LocatedSecurityEvent[]): string {
  return `${JSON.stringify({ events: events.map(toRow) }, null, 2)}\n`
}

/** The events as CSV, one line per event. */
export function toCsv(events: readonly LocatedSecurityEvent[]): string {
  const rows = events.map((event) => {
    const row = toRow(event)
    return csvLine(columns.map((name) => row[name]))
  })
  return [`${columns.join(',')}\r\n`, ...rows].join('')
}
