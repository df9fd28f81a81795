import { sql } from 'kysely'
import type {
  NewSmsCode,
  SmsCodeAttempt,
  SmsCodeRepository,
  SmsCodeUse,
} from '../../application/ports/phone-repository.ts'
import { smsCodeLimits } from '../../domain/phone.ts'
import type { Instant } from '../../domain/time.ts'
import { type Database, run, runUnlessForeignKeyViolation } from './database.ts'
import { purgeBatch } from './delete-batch.ts'
import { toInstant } from './tables.ts'

/** Stores hashes of codes. One statement counts an attempt and decides, under the lock of the row. */
export function createSmsCodeRepository(database: Database): SmsCodeRepository {
  const { kysely } = database
  return {
    async replace(code, replaceUntil) {
      const query = replaceQuery(database, code, replaceUntil)
      const replaced = await runUnlessForeignKeyViolation(query.execute(kysely))
      return replaced !== null && replaced.rows.length === 1
    },
    async find({ userId, purpose, boundTo }) {
      const query = kysely
        .selectFrom('sms_codes')
        .select(['number', 'attempts', 'created_at', 'expires_at', 'used_at'])
        .where('user_id', '=', userId)
        .where('purpose', '=', purpose)
        .where('bound_to', '=', boundTo)
      const row = await run(query.executeTakeFirst())
      if (row === undefined) return null
      return {
        number: row.number,
        createdAt: toInstant(row.created_at),
        expiresAt: toInstant(row.expires_at),
        isUsable: row.used_at === null && row.attempts < smsCodeLimits.maxAttempts,
      }
    },
    async attempt(attempt) {
      const { rows } = await run(attemptQuery(database, attempt).execute(kysely))
      const [row] = rows
      return row === undefined || row.used_at === null ? null : row.number
    },
    purgeBatch(until) {
      const { dialect } = database
      const rows = sql`
        SELECT user_id, purpose, bound_to FROM sms_codes
        WHERE expires_at <= ${dialect.timestampSql(until)}`
      const keyColumns = ['user_id', 'purpose', 'bound_to']
      return purgeBatch(database, { table: 'sms_codes', keyColumns, rows })
    },
  }
}

/** A code from the future was stored before the clock was set back. */
function replaceQuery({ dialect }: Database, code: NewSmsCode, replaceUntil: Instant) {
  const { userId, purpose, boundTo, number, codeHash } = code
  const [createdAt, expiresAt] = [code.createdAt, code.expiresAt].map(dialect.timestampSql)
  return sql`
    INSERT INTO sms_codes (user_id, purpose, bound_to, number, code_hash, attempts,
      created_at, expires_at, used_at)
    VALUES (${userId}, ${purpose}, ${boundTo}, ${number}, ${codeHash}, 0,
      ${createdAt}, ${expiresAt}, NULL)
    ON CONFLICT (user_id, purpose, bound_to) DO UPDATE SET
      number = excluded.number,
      code_hash = excluded.code_hash,
      attempts = excluded.attempts,
      created_at = excluded.created_at,
      expires_at = excluded.expires_at,
      used_at = excluded.used_at
    WHERE sms_codes.created_at <= ${dialect.timestampSql(replaceUntil)}
      OR sms_codes.created_at > ${createdAt}
      OR sms_codes.used_at IS NOT NULL
      OR sms_codes.attempts >= ${smsCodeLimits.maxAttempts}
    RETURNING purpose`
}

interface AttemptRow {
  readonly number: string
  readonly used_at: unknown
}

/** The comparison may depend on the hashes: without the key, no one can choose one. */
function attemptQuery({ dialect }: Database, attempt: SmsCodeAttempt) {
  const { codeHashes, now } = attempt
  return sql<AttemptRow>`
    UPDATE sms_codes SET
      attempts = attempts + 1,
      used_at = CASE WHEN code_hash IN (${sql.join(codeHashes)}) THEN ${dialect.timestampSql(now)} END
    WHERE ${matchesUse(attempt)} AND used_at IS NULL AND attempts < ${smsCodeLimits.maxAttempts}
      AND expires_at > ${dialect.timestampSql(now)}
      AND (purpose = 'verify-phone' OR number IN (
        SELECT phones.number FROM phones WHERE phones.user_id = sms_codes.user_id
      ))
    RETURNING number, used_at`
}

function matchesUse({ userId, purpose, boundTo }: SmsCodeUse) {
  return sql`user_id = ${userId} AND purpose = ${purpose} AND bound_to = ${boundTo}`
}
