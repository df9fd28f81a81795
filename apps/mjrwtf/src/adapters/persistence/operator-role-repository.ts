import { type CompiledQuery, sql } from 'kysely'
import type {
  HandOver,
  HandOverResult,
  OperatorRoleRepository,
} from '../../application/ports/operator-role-repository.ts'
import type { UserId } from '../../domain/user.ts'
import { type Database, run } from './database.ts'
import type { Timestamp } from './tables.ts'

/** Hands over the role with the rows of both users locked. A unique index allows one operator. */
export function createOperatorRoleRepository(database: Database): OperatorRoleRepository {
  return {
    async handOver(request) {
      const rows = await run(
        database.transact({
          lock: lockBoth(database, request.to),
          read: candidates(database, request.to),
          write: (read) =>
            decide(read, request).status === 'handed-over' ? changes(database, request.to) : [],
        }),
      )
      return decide(rows, request)
    },
    async previewHandOver(request) {
      const query = candidates(database, request.to)
      const { rows } = await run(database.kysely.executeQuery(query))
      return decide(rows, request)
    },
  }
}

interface Candidate {
  readonly id: UserId
  readonly is_operator: number
  readonly suspended_at: Timestamp | null
  readonly strong_factors: number | string
}

function decide(rows: readonly Candidate[], request: HandOver): HandOverResult {
  const next = rows.find(({ id }) => id === request.to)
  const former = rows.find(({ is_operator }) => is_operator === 1)
  if (next === undefined || former === undefined) return { status: 'not-found' }
  if (next === former) return { status: 'already-operator' }
  if (next.suspended_at !== null) return { status: 'suspended' }
  const isStrong = Number(next.strong_factors) > 0 || !request.requiresStrongFactor
  return isStrong ? { status: 'handed-over', from: former.id } : { status: 'no-strong-factor' }
}

/** In the order of ids, so that parallel calls do not deadlock. `null` on SQLite, which has one writer at a time. */
function lockBoth({ kysely, dialect }: Database, to: UserId): CompiledQuery | null {
  if (!dialect.hasLongTransactions) return null
  return sql`
    SELECT FROM users WHERE id = ${to} OR is_operator = 1 ORDER BY id FOR NO KEY UPDATE`.compile(
    kysely,
  )
}

function candidates({ kysely }: Database, to: UserId): CompiledQuery<Candidate> {
  return sql<Candidate>`
    SELECT id, is_operator, suspended_at,
      (SELECT count(*) FROM authenticators WHERE user_id = users.id) +
      (SELECT count(*) FROM passkeys WHERE user_id = users.id AND passkeys.suspended_at IS NULL)
        AS strong_factors
    FROM users WHERE id = ${to} OR is_operator = 1`.compile(kysely)
}

function changes({ kysely }: Database, to: UserId): readonly CompiledQuery[] {
  const users = kysely.updateTable('users')
  const owned = (['trusted_browsers', 'personal_access_tokens'] as const).map((table) =>
    kysely.deleteFrom(table).where('user_id', '=', to).compile(),
  )
  return [
    users.set({ is_operator: 0 }).where('is_operator', '=', 1).compile(),
    users.set({ is_operator: 1 }).where('id', '=', to).compile(),
    ...owned,
  ]
}
