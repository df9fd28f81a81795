import { type CompiledQuery, sql } from 'kysely'
import type {
  GrantRoleResult,
  OperatorRoleRepository,
  RoleGrant,
  RoleWithdrawal,
  WithdrawRoleResult,
} from '../../application/ports/operator-role-repository.ts'
import type { UserId } from '../../domain/user.ts'
import { type Database, run } from './database.ts'
import type { Timestamp } from './tables.ts'

/** Decides with the rows of all administrators locked. */
export function createOperatorRoleRepository(database: Database): OperatorRoleRepository {
  return {
    async grant(grant) {
      const rows = await run(
        database.transact({
          lock: lockAdministrators(database, grant.to),
          read: candidates(database, grant.to),
          write: (read) =>
            decideGrant(read, grant) === 'granted' ? grantChanges(database, grant) : [],
        }),
      )
      return decideGrant(rows, grant)
    },
    async previewGrant(grant) {
      const query = candidates(database, grant.to)
      const { rows } = await run(database.kysely.executeQuery(query))
      return decideGrant(rows, grant)
    },
    async withdraw(withdrawal) {
      const rows = await run(
        database.transact({
          lock: lockAdministrators(database, withdrawal.from),
          read: candidates(database, withdrawal.from),
          write: (read) =>
            decideWithdrawal(read, withdrawal) === 'withdrawn'
              ? [withdraw(database, withdrawal.from)]
              : [],
        }),
      )
      return decideWithdrawal(rows, withdrawal)
    },
  }
}

interface Candidate {
  readonly id: UserId
  readonly is_operator: number
  readonly suspended_at: Timestamp | null
  readonly strong_factors: number | string
}

function decideGrant(rows: readonly Candidate[], grant: RoleGrant): GrantRoleResult {
  const next = rows.find(({ id }) => id === grant.to)
  if (!hasRole(rows, grant.by)) return 'not-allowed'
  if (next === undefined) return 'not-found'
  if (next.is_operator === 1) return 'already-operator'
  if (next.suspended_at !== null) return 'suspended'
  const isStrong = Number(next.strong_factors) > 0 || !grant.requiresStrongFactor
  return isStrong ? 'granted' : 'no-strong-factor'
}

function decideWithdrawal(
  rows: readonly Candidate[],
  { from, by }: RoleWithdrawal,
): WithdrawRoleResult {
  const others = rows.filter(({ id, is_operator }) => id !== from && is_operator === 1)
  if (!hasRole(rows, by)) return 'not-allowed'
  if (!hasRole(rows, from)) return 'not-operator'
  return others.length > 0 ? 'withdrawn' : 'last-operator'
}

/** `null` is the shell. */
function hasRole(rows: readonly Candidate[], user: UserId | null): boolean {
  return user === null || rows.some(({ id, is_operator }) => id === user && is_operator === 1)
}

/** In the order of ids, so that parallel calls do not deadlock. `null` on SQLite, which has one writer at a time. */
function lockAdministrators({ kysely, dialect }: Database, user: UserId): CompiledQuery | null {
  if (!dialect.hasLongTransactions) return null
  return sql`
    SELECT FROM users WHERE id = ${user} OR is_operator = 1 ORDER BY id FOR NO KEY UPDATE`.compile(
    kysely,
  )
}

function candidates({ kysely }: Database, user: UserId): CompiledQuery<Candidate> {
  return sql<Candidate>`
    SELECT id, is_operator, suspended_at,
      (SELECT count(*) FROM authenticators WHERE user_id = users.id) +
      (SELECT count(*) FROM passkeys WHERE user_id = users.id AND passkeys.suspended_at IS NULL)
        AS strong_factors
    FROM users WHERE id = ${user} OR is_operator = 1`.compile(kysely)
}

function withdraw({ kysely }: Database, from: UserId): CompiledQuery {
  const values = { is_operator: 0, operator_since: null }
  return kysely.updateTable('users').set(values).where('id', '=', from).compile()
}

function grantChanges(database: Database, grant: RoleGrant): readonly CompiledQuery[] {
  const { kysely, dialect } = database
  const { to, by, isHandOver, at } = grant
  const owned = (['trusted_browsers', 'personal_access_tokens'] as const).map((table) =>
    kysely.deleteFrom(table).where('user_id', '=', to).compile(),
  )
  const values = { is_operator: 1, operator_since: dialect.timestamp(at) }
  return [
    kysely.updateTable('users').set(values).where('id', '=', to).compile(),
    ...(isHandOver && by !== null ? [withdraw(database, by)] : []),
    ...owned,
  ]
}
