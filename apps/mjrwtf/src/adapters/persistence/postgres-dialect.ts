import { sql } from 'kysely'
import type { Dialect } from './database.ts'
import { postgresDestinationHost } from './destination-host.ts'

/** PostgreSQL stores instants as `timestamptz`. */
export const postgresDialect: Dialect = {
  hasLongTransactions: true,
  deletionBatch: 1_000,
  timestamp: (instant) => new Date(instant),
  timestampSql: (instant) => sql`${new Date(instant)}::timestamptz`,
  addInterval: (instant, milliseconds) =>
    sql`(${instant} + (${milliseconds}) * interval '1 millisecond')`,
  greatest: (one, other) => sql`greatest(${one}, ${other})`,
  least: (one, other) => sql`least(${one}, ${other})`,
  quarterHoursSince: (start, column) =>
    sql`floor(extract(epoch FROM ${column} - ${new Date(start)}::timestamptz) / 900)::integer`,
  clicksTable: (clicks) => sql`jsonb_to_recordset(${JSON.stringify(clicks.map(toClickRow))}::jsonb)
    AS input (
      id text, link_id text, at timestamptz, referrer_host text, country text, agent text,
      city text, system text, device text, is_bot integer, count integer
    )`,
  spansTable: (spans) => sql`jsonb_to_recordset(${JSON.stringify(spans.map(toSpanRow))}::jsonb)
    AS input (starts_at timestamptz, ends_at timestamptz)`,
  clickDaysTable: (days) => sql`jsonb_to_recordset(${JSON.stringify(days)}::jsonb)
    AS input (link_id text, day text, clicks integer, sums text, cells text)`,
  wholeMilliseconds: (instant) =>
    sql`CASE WHEN date_trunc('milliseconds', ${instant}) = ${instant} THEN ${instant} END`,
  // All statements lock in the same order, which prevents deadlocks.
  joinText: (column) => sql`string_agg(${column}, ' ')`,
  lockForShare: (table) =>
    sql`ORDER BY ${sql.ref(`${table}.id`)} FOR KEY SHARE OF ${sql.ref(table)}`,
  lockForUpdate: () => sql`FOR NO KEY UPDATE`,
  jsonContains: (list, text) => sql`jsonb_exists(${list}::jsonb, ${text})`,
  jsonAppend: (list, text) => sql`(${list}::jsonb || to_jsonb(${text}::text))::text`,
  jsonLength: (list) => sql`jsonb_array_length(${list}::jsonb)`,
  jsonReplace: ({ list, keys, key, value }) => sql`(
    SELECT coalesce(jsonb_agg(CASE WHEN item_key.value = ${key} THEN ${value}::text
      ELSE item.value END ORDER BY item.number), '[]')::text
    FROM jsonb_array_elements_text(${list}::jsonb) WITH ORDINALITY AS item (value, number)
    JOIN jsonb_array_elements_text(${keys}::jsonb) WITH ORDINALITY AS item_key (value, number)
      ON item_key.number = item.number
    WHERE ${value}::text IS NOT NULL OR item_key.value <> ${key}
  )`,
  lockForDeletion: () => sql`FOR UPDATE SKIP LOCKED`,
  destinationHost: () => sql<string>`${sql.raw(postgresDestinationHost)}`,
  lockOwned: (userId) => sql`(
      WITH locked_pending AS MATERIALIZED (
        SELECT id FROM session_pending_sign_ins WHERE user_id = ${userId} ORDER BY id FOR UPDATE
      ), locked_sessions AS MATERIALIZED (
        SELECT id FROM sessions
        WHERE user_id = ${userId} AND (SELECT count(*) FROM locked_pending) >= 0
        ORDER BY id FOR UPDATE
      ), locked_grants AS MATERIALIZED (
        SELECT id FROM session_grants
        WHERE user_id = ${userId} AND (SELECT count(*) FROM locked_sessions) >= 0
        ORDER BY id FOR UPDATE
      ), locked_passkeys AS MATERIALIZED (
        SELECT id FROM passkeys
        WHERE user_id = ${userId} AND (SELECT count(*) FROM locked_grants) >= 0
        ORDER BY id FOR UPDATE
      ) SELECT count(*) FROM locked_passkeys
    ) >= 0`,
  securityEventsTable: (events) => sql`jsonb_to_recordset(
      ${JSON.stringify(events.map(toEventRow))}::jsonb)
    AS input (
      id text, user_id text, at timestamptz, kind text, outcome text, session_id text,
      ip_address text, user_agent text, detail text, chain_position bigint, chain_hash text
    )`,
  placesTable: (places) => sql`jsonb_to_recordset(${JSON.stringify(places)}::jsonb)
    AS input (id text, position bigint, hash text)`,
  eventKeysTable: (events) => sql`(
    SELECT number - 1 AS number, key ->> 0 AS id, key ->> 1 AS user_id
    FROM jsonb_array_elements(
      ${JSON.stringify(events.map(({ id, userId }) => [id, userId]))}::jsonb
    ) WITH ORDINALITY AS keys (key, number)
  ) AS input`,
  linksWithTerms(terms, { start, limit }) {
    const [after, order] = start.direction === 'older' ? [sql`<`, sql`DESC`] : [sql`>`, sql`ASC`]
    // MATERIALIZED: any other plan would compute the terms of links in the order of their positions.
    return sql`(
      WITH matching AS MATERIALIZED (
        SELECT position FROM links WHERE removed_at IS NULL
          AND link_terms(
            position, short_code, code_key, destination, destination_key, title_key, note_key,
            tag_keys
          ) @> ${`{${terms.join(',')}}`}::bigint[]
      )
      SELECT position FROM matching WHERE position ${after} ${start.place}
      ORDER BY position ${order} LIMIT ${limit}
    )`
  },
}

type SpanInput = Parameters<Dialect['spansTable']>[0][number]

function toSpanRow({ start, end }: SpanInput) {
  return { starts_at: new Date(start).toISOString(), ends_at: new Date(end).toISOString() }
}

type ClickInput = Parameters<Dialect['clicksTable']>[0][number]

function toClickRow({ linkId, at, referrerHost, isBot, ...rest }: ClickInput) {
  return {
    ...rest,
    link_id: linkId,
    at: new Date(at).toISOString(),
    referrer_host: referrerHost,
    is_bot: isBot ? 1 : 0,
  }
}

type EventInput = Parameters<Dialect['securityEventsTable']>[0][number]

function toEventRow({ event, position, hash }: EventInput) {
  const { userId, at, sessionId, ipAddress, userAgent, ...rest } = event
  return {
    ...rest,
    chain_position: position,
    chain_hash: hash,
    user_id: userId,
    at: new Date(at).toISOString(),
    session_id: sessionId,
    ip_address: ipAddress,
    user_agent: userAgent,
  }
}
