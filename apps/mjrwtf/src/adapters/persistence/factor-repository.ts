import { sql } from 'kysely'
import type {
  FactorRemovalConditions,
  FactorRepository,
  UserFactors,
} from '../../application/ports/factor-repository.ts'
import { canSignIn } from '../../domain/identity.ts'
import {
  factorRemovalRefusal,
  maskPhoneNumber,
  type SecondFactor,
  type SecondFactorKind,
  type SecondFactorReference,
} from '../../domain/second-factor.ts'
import type { UserId } from '../../domain/user.ts'
import { type Database, run } from './database.ts'
import { type Timestamp, toInstant } from './tables.ts'

const tableOf = {
  passkey: 'passkeys',
  authenticator: 'authenticators',
  phone: 'phones',
} as const satisfies Readonly<Record<SecondFactorKind, string>>

/**
 * Reads and removes the second factors of users. A removal locks the row of the user first, so that it is decided with
 * the factors that the user has at that moment. Triggers of the tables keep `users.second_factors`.
 */
export function createFactorRepository(database: Database): FactorRepository {
  const { kysely } = database

  return {
    async list(userId) {
      const { rows } = await run(listQuery(userId).execute(kysely))
      return toUserFactors(rows)
    },
    async remove(userId, factor, conditions) {
      const decide = (rows: readonly OwnedRow[]) => decideRemoval(rows, factor, conditions)
      const rows = await run(
        database.transact({
          lock: lockFactors(database, userId),
          read: ownedQuery(database, userId).compile(kysely),
          write(rows) {
            if (decide(rows) !== 'removed') return []
            // With the last factor go the recovery codes: lost ones must not work with the next factor.
            const isLast = rows.length === 1
            return isLast ? allDeletions(database, userId) : [deletion(database, factor)]
          },
        }),
      )
      return decide(rows)
    },
    async rename(userId, { kind, id }, name) {
      if (kind === 'phone') return false
      const query = kysely
        .updateTable(tableOf[kind])
        .set({ name })
        .where('id', '=', id)
        .where('user_id', '=', userId)
        .returning('id')
      return (await run(query.execute())).length === 1
    },
    async removeAll(userId) {
      const rows = await run(
        database.transact({
          lock: lockFactors(database, userId),
          read: ownedQuery(database, userId).compile(kysely),
          write: () => allDeletions(database, userId),
        }),
      )
      return rows.length
    },
  }
}

interface ListRow {
  readonly unused: number | string
  readonly suspended: number | string
  readonly kind: SecondFactorKind | null
  readonly id: string | null
  readonly name: string | null
  readonly created_at: Timestamp | null
  readonly last_used_at: Timestamp | null
}

/** One row per factor, or a single row without one. */
function listQuery(userId: UserId) {
  return sql<ListRow>`
    SELECT counts.*, factors.* FROM (
      SELECT
        (SELECT count(*) FROM recovery_codes WHERE user_id = ${userId} AND used_at IS NULL) AS unused,
        (SELECT count(*) FROM passkeys WHERE user_id = ${userId} AND suspended_at IS NOT NULL)
          AS suspended
    ) AS counts LEFT JOIN (
      SELECT 'passkey' AS kind, id, name, created_at, last_used_at FROM passkeys
      WHERE user_id = ${userId} AND suspended_at IS NULL
      UNION ALL
      SELECT 'authenticator', id, name, created_at, last_used_at FROM authenticators
      WHERE user_id = ${userId}
      UNION ALL
      SELECT 'phone', id, number, created_at, last_used_at FROM phones WHERE user_id = ${userId}
    ) AS factors ON true
    ORDER BY factors.created_at, factors.id`
}

function toUserFactors(rows: readonly ListRow[]): UserFactors {
  return {
    factors: rows.flatMap(toFactor),
    suspendedPasskeys: Number(rows[0]?.suspended ?? 0),
    unusedRecoveryCodes: Number(rows[0]?.unused ?? 0),
  }
}

function toFactor({ kind, id, name, ...instants }: ListRow): readonly SecondFactor[] {
  const { created_at: createdAt, last_used_at: lastUsedAt } = instants
  if (kind === null || id === null || name === null || createdAt === null) return []
  return [
    {
      kind,
      id,
      name: kind === 'phone' ? maskPhoneNumber(name) : name,
      createdAt: toInstant(createdAt),
      lastUsedAt: lastUsedAt === null ? null : toInstant(lastUsedAt),
    },
  ]
}

interface OwnedRow extends SecondFactorReference {
  readonly is_usable: number
  /** 1 for a passkey that is enough to sign in. */
  readonly is_enough: number
  readonly is_operator: number
  readonly has_password: number
  /** The issuers of the user's identities, separated by spaces. */
  readonly issuers: string | null
}

/** The factors of the user, also those that cannot be used. */
function ownedQuery({ dialect }: Database, userId: UserId) {
  return sql<OwnedRow>`
    SELECT factors.*, users.is_operator,
      CASE WHEN users.password_hash = '' THEN 0 ELSE 1 END AS has_password,
      (SELECT ${dialect.joinText(sql`issuer`)} FROM identities WHERE user_id = users.id) AS issuers
    FROM (
      SELECT 'passkey' AS kind, id, CASE WHEN suspended_at IS NULL THEN 1 ELSE 0 END AS is_usable,
        CASE WHEN suspended_at IS NULL THEN can_verify_user ELSE 0 END AS is_enough
      FROM passkeys WHERE user_id = ${userId}
      UNION ALL
      SELECT 'authenticator', id, 1, 0 FROM authenticators WHERE user_id = ${userId}
      UNION ALL
      SELECT 'phone', id, 1, 0 FROM phones WHERE user_id = ${userId}
    ) AS factors, users WHERE users.id = ${userId}`
}

function decideRemoval(
  rows: readonly OwnedRow[],
  { kind, id }: SecondFactorReference,
  { mustKeepOne, issuers }: FactorRemovalConditions,
) {
  const isTarget = (row: OwnedRow) => row.kind === kind && row.id === id
  const target = rows.find(isTarget)
  if (target === undefined) return 'missing'
  if (target.is_usable === 0) return 'removed'
  const others = rows.filter((row) => !isTarget(row))
  if (target.is_enough === 1 && !canSignInWith(others, target, issuers)) {
    return 'last-sign-in-method'
  }
  const remaining = others.filter((row) => row.is_usable === 1)
  const mayKeepOnlyPhone = target.is_operator === 0
  const kinds = remaining.map((row) => row.kind)
  return factorRemovalRefusal(kinds, { mustKeepOne, mayKeepOnlyPhone }) ?? 'removed'
}

function canSignInWith(
  others: readonly OwnedRow[],
  target: OwnedRow,
  configured: readonly string[],
): boolean {
  const methods = {
    hasPassword: target.has_password === 1,
    passkeys: others.filter((row) => row.is_enough === 1).length,
    identities: (target.issuers ?? '').split(' '),
  }
  return canSignIn(methods, configured)
}

/**
 * Passkeys before the user: in this order a deletion locks them, whose trigger counts the factors, so that the two never
 * deadlock. `null` on SQLite, which has one writer at a time.
 */
function lockFactors({ kysely, dialect }: Database, userId: UserId) {
  if (!dialect.hasLongTransactions) return null
  return sql`
    WITH locked AS MATERIALIZED (
      SELECT id FROM passkeys WHERE user_id = ${userId} ORDER BY id FOR UPDATE
    )
    SELECT FROM users WHERE id = ${userId} AND (SELECT count(*) FROM locked) >= 0
    FOR NO KEY UPDATE`.compile(kysely)
}

function deletion({ kysely }: Database, { kind, id }: SecondFactorReference) {
  return kysely.deleteFrom(tableOf[kind]).where('id', '=', id).compile()
}

/** Deletes all second factors and recovery codes of the user. */
export function allDeletions({ kysely }: Database, userId: UserId) {
  const tables = [...Object.values(tableOf), 'recovery_codes'] as const
  return tables.map((table) => kysely.deleteFrom(table).where('user_id', '=', userId).compile())
}
