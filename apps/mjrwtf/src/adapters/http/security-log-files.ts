import type { LocatedSecurityEvent } from '../../application/list-security-events.ts'
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

function toRow(event: LocatedSecurityEvent): Row {
  return {
    time: new Date(event.at).toISOString(),
    event: event.kind,
    description: securityEventText(event),
    outcome: event.outcome,
    session_id: event.sessionId,
    ip_address: event.ipAddress,
    place: event.place,
    user_agent: event.userAgent,
    detail: event.detail,
  }
}

/** The events as JSON, for programs. */
export function toJson(events: readonly LocatedSecurityEvent[]): string {
  return `${JSON.stringify({ events: events.map(toRow) }, null, 2)}\n`
}

/** The events as CSV (RFC 4180), one line each. */
export function toCsv(events: readonly LocatedSecurityEvent[]): string {
  const lines = events.map((event) => {
    const row = toRow(event)
    return columns.map((name) => cell(row[name] ?? '')).join(',')
  })
  return [columns.join(','), ...lines, ''].join('\r\n')
}

/**
 * A spreadsheet would run what begins like a formula, and a browser may call itself anything: an
 * apostrophe in front makes it text (ASVS 5.0 V1.2.10).
 */
function cell(text: string): string {
  const line = text.replace(/[\p{Zl}\p{Zp}\p{C}]+/gu, ' ')
  const neutral = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/u.test(line) ? `'${line}` : line
  return `"${neutral.replaceAll('"', '""')}"`
}
