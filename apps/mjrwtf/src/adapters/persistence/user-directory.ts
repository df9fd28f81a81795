import { sql } from 'kysely'
import type { DirectoryUser, UserDirectory } from '../../application/ports/user-repository.ts'
import { type Database, run } from './database.ts'
import { type Timestamp, toInstant } from './tables.ts'

export function createUserDirectory({ kysely }: Database): UserDirectory {
  return {
    async list({ limit, offset }) {
      const page = kysely
        .selectFrom('users')
        .select(['id', 'email', 'created_at', 'is_operator'])
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
        .offset(offset)
      // Computed for the rows of the page only, each by one index lookup.
      const query = kysely.selectFrom(page.as('users')).selectAll().select(lastSignedInAt)
      const sorted = query.orderBy('created_at', 'desc').orderBy('id', 'desc')
      const count = kysely.selectFrom('users').select((row) => row.fn.countAll().as('total'))
      const [rows, countRow] = await Promise.all([
        run(sorted.execute()),
        run(count.executeTakeFirstOrThrow()),
      ])
      return { users: rows.map(toDirectoryUser), total: Number(countRow.total) }
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

function lastSignedInAt() {
  return sql<Timestamp | null>`(
    SELECT max(at) FROM security_events
    WHERE security_events.user_id = users.id AND kind IN ('session-created', 'session-stepped-up')
  )`.as('last_signed_in_at')
}

interface DirectoryRow {
  readonly id: string
  readonly email: string
  readonly created_at: Timestamp
  readonly is_operator: number
  readonly last_signed_in_at: Timestamp | null
}

function toDirectoryUser(row: DirectoryRow): DirectoryUser {
  return {
    id: row.id,
    email: row.email,
    createdAt: toInstant(row.created_at),
    isOperator: row.is_operator === 1,
    lastSignedInAt: row.last_signed_in_at === null ? null : toInstant(row.last_signed_in_at),
  }
}
