import { type Selectable, sql } from 'kysely'
import type {
  DeviceAuthorizationRepository,
  DevicePoll,
  DevicePollOutcome,
} from '../../application/ports/device-authorization-repository.ts'
import {
  type DeviceAuthorization,
  deviceAuthorizationPolicy,
} from '../../domain/device-authorization.ts'
import { formatScopes, readStoredScopes } from '../../domain/scope.ts'
import type { Instant } from '../../domain/time.ts'
import { type Database, run, runUnlessForeignKeyViolation } from './database.ts'
import { purgeBatch } from './delete-batch.ts'
import { type Tables, toInstant } from './tables.ts'

type Row = Selectable<Tables['device_authorizations']>

/** Stores authorizations of devices. One statement decides, and one uses a device code up, under the lock of the row. */
export function createDeviceAuthorizationRepository(
  database: Database,
): DeviceAuthorizationRepository {
  const { kysely, dialect } = database

  /** Authorizations that wait for a decision. */
  function undecided(now: Instant) {
    return kysely
      .selectFrom('device_authorizations')
      .selectAll()
      .where('status', '=', 'pending')
      .where('expires_at', '>', dialect.timestamp(now))
  }

  return {
    async add({ id, deviceCodeHash, userCodeHash, clientId, scopes, ...details }) {
      const { ipAddress, userAgent, createdAt, expiresAt } = details
      const query = kysely
        .insertInto('device_authorizations')
        .values({
          ...{ id, device_code_hash: deviceCodeHash, user_code_hash: userCodeHash },
          ...{ client_id: clientId, scopes: formatScopes(scopes) },
          ...{ ip_address: ipAddress, user_agent: userAgent },
          created_at: dialect.timestamp(createdAt),
          expires_at: dialect.timestamp(expiresAt),
          ...{ interval_ms: deviceAuthorizationPolicy.interval, polled_early: 0 },
          ...{ status: 'pending', last_polled_at: null, user_id: null },
          ...{ decided_at: null, authenticated_at: null, password_version: null },
        })
        .onConflict((conflict) => conflict.doNothing())
        .returning('id')
      const added = await runUnlessForeignKeyViolation(query.execute())
      return added !== null && added.length === 1
    },
    async findByUserCode(userCodeHashes, now) {
      const query = undecided(now).where('user_code_hash', 'in', [...userCodeHashes])
      return toAuthorization(await run(query.executeTakeFirst()))
    },
    async find(id, now) {
      return toAuthorization(await run(undecided(now).where('id', '=', id).executeTakeFirst()))
    },
    async decide({ id, userId, isApproved, scopes, authenticatedAt, passwordVersion, at }) {
      const query = kysely
        .updateTable('device_authorizations')
        .set({
          status: isApproved ? 'approved' : 'denied',
          user_id: userId,
          scopes: formatScopes(scopes),
          decided_at: dialect.timestamp(at),
          authenticated_at: dialect.timestamp(authenticatedAt),
          password_version: passwordVersion,
        })
        .where('id', '=', id)
        .where('status', '=', 'pending')
        .where('expires_at', '>', dialect.timestamp(at))
        .returning('id')
      const decided = await runUnlessForeignKeyViolation(query.execute())
      return decided !== null && decided.length === 1
    },
    async poll(poll) {
      const { rows } = await run(pollQuery(database, poll).execute(kysely))
      return toOutcome(rows[0], poll.at)
    },
    purgeBatch(until) {
      const rows = sql`
        SELECT id FROM device_authorizations WHERE expires_at <= ${dialect.timestampSql(until)}`
      return purgeBatch(database, { table: 'device_authorizations', keyColumns: ['id'], rows })
    },
  }
}

/**
 * A row that was used is never matched again, so `used` in the result means: by this statement. The expressions read the
 * row as it was before. A poll from the future was stored before the clock was set back.
 */
function pollQuery({ dialect }: Database, { deviceCodeHash, clientId, at }: DevicePoll) {
  const now = dialect.timestampSql(at)
  const due = dialect.addInterval(sql`last_polled_at`, sql`interval_ms`)
  const isEarly = sql`status = 'pending' AND last_polled_at <= ${now} AND ${due} > ${now}`
  const { slowDown, lifetime } = deviceAuthorizationPolicy
  return sql<Row>`
    UPDATE device_authorizations SET
      status = CASE WHEN status = 'approved' AND expires_at > ${now} THEN 'used' ELSE status END,
      polled_early = CASE WHEN ${isEarly} THEN 1 ELSE 0 END,
      interval_ms = CASE WHEN ${isEarly} AND interval_ms < ${sql.lit(lifetime)}
        THEN interval_ms + ${sql.lit(slowDown)} ELSE interval_ms END,
      last_polled_at = ${now}
    WHERE device_code_hash = ${deviceCodeHash} AND client_id = ${clientId} AND status <> 'used'
    RETURNING *`
}

function toOutcome(row: Row | undefined, now: Instant): DevicePollOutcome {
  if (row === undefined) return { status: 'unknown' }
  if (row.status === 'denied') return { status: 'denied' }
  if (row.status === 'used') return toApproved(row)
  if (toInstant(row.expires_at) <= now) return { status: 'expired' }
  return { status: 'pending', isEarly: row.polled_early === 1 }
}

function toApproved(row: Row): DevicePollOutcome {
  const { user_id: userId, decided_at, authenticated_at, password_version } = row
  if (
    userId === null ||
    decided_at === null ||
    authenticated_at === null ||
    password_version === null
  ) {
    return { status: 'unknown' }
  }
  const device = {
    userId,
    scopes: readStoredScopes(row.scopes),
    authorizedAt: toInstant(decided_at),
    authenticatedAt: toInstant(authenticated_at),
    passwordVersion: password_version,
    ipAddress: row.ip_address,
    userAgent: row.user_agent,
  }
  return { status: 'approved', device }
}

function toAuthorization(row: Row | undefined): DeviceAuthorization | null {
  if (row === undefined) return null
  return {
    id: row.id,
    clientId: row.client_id,
    scopes: readStoredScopes(row.scopes),
    ipAddress: row.ip_address,
    userAgent: row.user_agent,
    createdAt: toInstant(row.created_at),
    expiresAt: toInstant(row.expires_at),
  }
}
