import { sql } from 'kysely'
import type { Dialect } from './database.ts'
import { sqliteDestinationHost } from './destination-host.ts'

/** SQLite stores instants as milliseconds. */
export const sqliteDialect: Dialect = {
  hasLongTransactions: false,
  deletionBatch: 50,
  timestamp: (instant) => instant,
  timestampSql: (instant) => sql`${instant}`,
  addInterval: (instant, milliseconds) => sql`(${instant} + ${milliseconds})`,
  greatest: (one, other) => sql`max(${one}, ${other})`,
  least: (one, other) => sql`min(${one}, ${other})`,
  // The driver binds numbers as REAL, which a division would not round.
  quarterHoursSince: (start, column) => sql`(CAST(${column} - ${start} AS INTEGER) / 900000)`,
  clicksTable: (clicks) => sql`(
    SELECT value ->> 'id' AS id, value ->> 'linkId' AS link_id, value ->> 'at' AS at,
      value ->> 'referrerHost' AS referrer_host, value ->> 'country' AS country,
      value ->> 'agent' AS agent, value ->> 'city' AS city, value ->> 'system' AS system,
      value ->> 'device' AS device, value ->> 'isBot' AS is_bot, value ->> 'count' AS count
    FROM json_each(${JSON.stringify(clicks)})
  ) AS input`,
  spansTable: (spans) => sql`(
    SELECT value ->> 0 AS starts_at, value ->> 1 AS ends_at
    FROM json_each(${JSON.stringify(spans.map(({ start, end }) => [start, end]))})
  ) AS input`,
  clickDaysTable: (days) => sql`(
    SELECT value ->> 'link_id' AS link_id, value ->> 'day' AS day, value ->> 'clicks' AS clicks,
      value ->> 'sums' AS sums, value ->> 'cells' AS cells
    FROM json_each(${JSON.stringify(days)})
  ) AS input`,
  wholeMilliseconds: (instant) => instant,
  joinText: (column) => sql`group_concat(${column}, ' ')`,
  lockForShare: () => sql``,
  lockForUpdate: () => sql``,
  lockForDeletion: () => sql``,
  destinationHost: () => sql<string>`${sql.raw(sqliteDestinationHost)}`,
  jsonContains: (list, text) =>
    sql`EXISTS (SELECT 1 FROM json_each(${list}) AS item WHERE item.value = ${text})`,
  jsonAppend: (list, text) => sql`json_insert(${list}, '$[#]', ${text})`,
  jsonLength: (list) => sql`json_array_length(${list})`,
  jsonReplace: ({ list, keys, key, value }) => sql`(
    SELECT json_group_array(CASE WHEN item_key.value = ${key} THEN ${value} ELSE item.value END)
    FROM json_each(${list}) AS item JOIN json_each(${keys}) AS item_key ON item_key.key = item.key
    WHERE ${value} IS NOT NULL OR item_key.value <> ${key}
  )`,
  lockOwned: () => sql`true`,
  securityEventsTable: (events) => sql`(
    SELECT value ->> 'id' AS id, value ->> 'userId' AS user_id, value ->> 'at' AS at,
      value ->> 'kind' AS kind, value ->> 'outcome' AS outcome,
      value ->> 'sessionId' AS session_id, value ->> 'ipAddress' AS ip_address,
      value ->> 'userAgent' AS user_agent, value ->> 'detail' AS detail,
      value ->> 'position' AS chain_position, value ->> 'hash' AS chain_hash
    FROM json_each(${JSON.stringify(events.map(toEventRow))})
  ) AS input`,
  placesTable: (places) => sql`(
    SELECT value ->> 'id' AS id, value ->> 'position' AS position, value ->> 'hash' AS hash
    FROM json_each(${JSON.stringify(places)})
  ) AS input`,
  eventKeysTable: (events) => sql`(
    SELECT key AS number, value ->> 0 AS id, value ->> 1 AS user_id
    FROM json_each(${JSON.stringify(events.map(({ id, userId }) => [id, userId]))})
  ) AS input`,
  linksWithTerms(terms, { start, limit }) {
    const query = terms.map((term) => `"${term.toString(16)}"`).join(' AND ')
    // The index is read in this order and only as far as the limit.
    const [after, order] = start.direction === 'older' ? [sql`<`, sql`DESC`] : [sql`>`, sql`ASC`]
    // A number would be bound as REAL: the index would be read from the end of the volume instead.
    const place = BigInt(start.place)
    return sql`(
      SELECT rowid AS position FROM link_search
      WHERE link_search MATCH ${query} AND rowid ${after} ${place}
      ORDER BY rowid ${order} LIMIT ${limit}
    )`
  },
}

type EventInput = Parameters<Dialect['securityEventsTable']>[0][number]

function toEventRow({ event, position, hash }: EventInput) {
  return { ...event, position, hash }
}
