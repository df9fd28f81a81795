import { sql } from 'kysely'
import type { DirectoryUser, UserDirectory } from '../../application/ports/user-repository.ts'
import { emailKey } from '../../domain/email.ts'
import type { SecurityEventKind } from '../../domain/security-event.ts'
import { readSuspensionReason } from '../../domain/suspension.ts'
import { type Database, run } from './database.ts'
import { behind, newestFirst, sortOrder } from './entry-list.ts'
import { containing } from './like-pattern.ts'
import { type Timestamp, toInstant } from './tables.ts'

const columns = [
  'id',
  'email',
  'created_at',
  'is_operator',
  'second_factors',
  'suspended_at',
  'suspension_reason',
] as const

export function createUserDirectory({ kysely, dialect }: Database): UserDirectory {
  const withSignIns = kysely
    .selectFrom('users')
    .select(columns)
    .select([lastEventAt('session-created'), lastEventAt('session-stepped-up')])

  return {
    async list({ limit, start }) {
      const order = sortOrder(start)
      const [condition = sql<boolean>`true`] = behind(dialect, start, 'created_at')
      const page = kysely
        .selectFrom('users')
        .select(columns)
        .where(condition)
        .orderBy('created_at', order)
        .orderBy('id', order)
        .limit(limit + 1)
      // Computed for the rows of the page only.
      const query = kysely
        .selectFrom(page.as('users'))
        .selectAll()
        .select([lastEventAt('session-created'), lastEventAt('session-stepped-up')])
        .orderBy('created_at', order)
        .orderBy('id', order)
      const rows = await run(query.execute())
      const users = newestFirst(start, rows.slice(0, limit)).map(toDirectoryUser)
      return { users, hasMore: rows.length > limit }
    },
    async search(text, limit) {
      const query = withSignIns
        .where(sql<boolean>`lower(email) LIKE ${containing(text)} ESCAPE '\\'`)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
      return (await run(query.execute())).map(toDirectoryUser)
    },
    async find(id) {
      const row = await run(withSignIns.where('id', '=', id).executeTakeFirst())
      return row === undefined ? null : toDirectoryUser(row)
    },
    async findByEmail(email) {
      const query = withSignIns.where('email_key', '=', emailKey(email))
      const row = await run(query.executeTakeFirst())
      return row === undefined ? null : toDirectoryUser(row)
    },
    async ids(after, limit) {
      const query = kysely
        .selectFrom('users')
        .select('id')
        .$if(after !== null, (users) => users.where('id', '>', after ?? ''))
        .orderBy('id')
        .limit(limit)
      return (await run(query.execute())).map(({ id }) => id)
    },
  }
}

/** One index entry: an aggregate of several kinds would read all of their events. */
function lastEventAt<Kind extends SecurityEventKind>(kind: Kind) {
  return sql<Timestamp | null>`(
    SELECT max(at) FROM security_events
    WHERE security_events.user_id = users.id AND kind = ${sql.lit(kind)}
  )`.as(kind)
}

interface DirectoryRow {
  readonly id: string
  readonly email: string
  readonly created_at: Timestamp
  readonly is_operator: number
  readonly second_factors: number
  readonly suspended_at: Timestamp | null
  readonly suspension_reason: string | null
  readonly 'session-created': Timestamp | null
  readonly 'session-stepped-up': Timestamp | null
}

function toDirectoryUser(row: DirectoryRow): DirectoryUser {
  const signIns = [row['session-created'], row['session-stepped-up']]
  const instants = signIns.filter((instant) => instant !== null).map(toInstant)
  return {
    id: row.id,
    email: row.email,
    createdAt: toInstant(row.created_at),
    isOperator: row.is_operator === 1,
    secondFactors: row.second_factors,
    lastSignedInAt: instants.length === 0 ? null : Math.max(...instants),
    suspension: toSuspension(row),
  }
}

function toSuspension({ suspended_at: at, suspension_reason: reason }: DirectoryRow) {
  return at === null ? null : { at: toInstant(at), reason: readSuspensionReason(reason) }
}
