import { absoluteTimeout, idleTimeout, sessionData, sessionsPerUser, sweepDelay } from '../rows.ts'

const base64url = (bytes: string): string =>
  `rtrim(translate(encode(${bytes}, 'base64'), '+/', '-_'), '=')`
const hashOfText = (text: string): string => `sha256(convert_to(${text}, 'UTF8'))`
const sixteenBytes = (text: string): string =>
  base64url(`substring(${hashOfText(text)} FROM 1 FOR 16)`)
const milliseconds = (count: string | number): string =>
  `(${count})::float8 * interval '1 millisecond'`

const day = sweepDelay / 3

/**
 * Inserts missing rows from `$1` up to `$2` (exclusive). They belong to the generation from `$3` up to
 * `$4` (exclusive); `$5` is now and `$6` the user agents. The formulas are those of `rows.ts`.
 */
export const fillStatement = `
  INSERT INTO sessions (
    id, secret_hash, user_id, created_at, expires_at, last_activity_at, idle_timeout,
    authenticated_at, remembered, ip_address, user_agent, csrf_secret, data, data_version
  )
  SELECT
    ${sixteenBytes(`'id:' || n`)},
    ${hashOfText(base64url(hashOfText(`'secret:' || n`)))},
    ${sixteenBytes(`'user:' || ($3::bigint / ${sessionsPerUser} + (n - $3::bigint) % (($4::bigint - $3::bigint) / ${sessionsPerUser}))`)},
    created_at,
    created_at + ${milliseconds(absoluteTimeout)},
    created_at + interval '12 hours',
    ${milliseconds(idleTimeout)},
    created_at,
    true,
    '198.18.' || (n / 250 % 250) || '.' || (n % 250),
    ($6::text[])[n % cardinality($6::text[]) + 1],
    ${hashOfText(`'csrf:' || n`)},
    '${sessionData}',
    0
  FROM generate_series($1::bigint, $2::bigint - 1) AS n CROSS JOIN LATERAL (
    SELECT $5::timestamptz
      - ${milliseconds(`CASE WHEN n % 10 = 7 THEN 13 ELSE 6 END * ${day}::bigint`)}
      - ${milliseconds('n % 50000 * 1000')} AS created_at
  ) AS times
  ON CONFLICT (id) DO NOTHING`
