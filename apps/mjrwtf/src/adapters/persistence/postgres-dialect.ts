import { sql } from 'kysely'
import type { Dialect } from './database.ts'

/** PostgreSQL keeps instants as `timestamptz`. */
export const postgresDialect: Dialect = {
  hasLongTransactions: true,
  stamp: (instant) => new Date(instant),
  at: (instant) => sql`${new Date(instant)}::timestamptz`,
  later: (instant, milliseconds) =>
    sql`(${instant} + (${milliseconds}) * interval '1 millisecond')`,
  greatest: (one, other) => sql`greatest(${one}, ${other})`,
  least: (one, other) => sql`least(${one}, ${other})`,
  utcDay: (column) => sql`to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD')`,
  clicksTable: (clicks) => sql`jsonb_to_recordset(${JSON.stringify(clicks.map(toRow))}::jsonb)
    AS given (
      id text, link_id text, at timestamptz, referrer_host text, country text, agent text
    )`,
  spansTable: (spans) => sql`jsonb_to_recordset(${JSON.stringify(spans.map(toSpan))}::jsonb)
    AS given (starts_at timestamptz, ends_at timestamptz)`,
  // In one order everywhere, so that no two wait for each other.
  keep: (table) => sql`ORDER BY ${sql.ref(`${table}.id`)} FOR KEY SHARE OF ${sql.ref(table)}`,
  securityEventsTable: (events) => sql`jsonb_to_recordset(
      ${JSON.stringify(events.map(toEventRow))}::jsonb)
    AS given (
      id text, user_id text, at timestamptz, kind text, outcome text, session_id text,
      ip_address text, user_agent text, detail text
    )`,
}

type SpanOf = Parameters<Dialect['spansTable']>[0][number]

function toSpan({ start, end }: SpanOf) {
  return { starts_at: new Date(start).toISOString(), ends_at: new Date(end).toISOString() }
}

type ClickOf = Parameters<Dialect['clicksTable']>[0][number]

function toRow({ linkId, at, referrerHost, ...rest }: ClickOf) {
  return {
    ...rest,
    link_id: linkId,
    at: new Date(at).toISOString(),
    referrer_host: referrerHost,
  }
}

type EventOf = Parameters<Dialect['securityEventsTable']>[0][number]

function toEventRow({ userId, at, sessionId, ipAddress, userAgent, ...rest }: EventOf) {
  return {
    ...rest,
    user_id: userId,
    at: new Date(at).toISOString(),
    session_id: sessionId,
    ip_address: ipAddress,
    user_agent: userAgent,
  }
}
