import { sql } from 'kysely'
import type { PeopleRepository, Person } from '../../application/ports/people-repository.ts'
import { ask, type Database } from './database.ts'
import { type Stamp, toInstant } from './tables.ts'

/** Reads who has an account. */
export function createPeopleRepository({ kysely }: Database): PeopleRepository {
  return {
    async list({ limit, offset }) {
      const page = kysely
        .selectFrom('users')
        .select(['id', 'email', 'created_at', 'is_operator'])
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit)
        .offset(offset)
      // Looked up for the page alone, each from the end of an index.
      const query = kysely.selectFrom(page.as('users')).selectAll().select(lastSignedInAt)
      const inOrder = query.orderBy('created_at', 'desc').orderBy('id', 'desc')
      const count = kysely.selectFrom('users').select((row) => row.fn.countAll().as('total'))
      const [rows, counted] = await Promise.all([
        ask(inOrder.execute()),
        ask(count.executeTakeFirstOrThrow()),
      ])
      return { people: rows.map(toPerson), total: Number(counted.total) }
    },
    async ids(after, limit) {
      const query = kysely
        .selectFrom('users')
        .select('id')
        .$if(after !== null, (users) => users.where('id', '>', after ?? ''))
        .orderBy('id')
        .limit(limit)
      return (await ask(query.execute())).map(({ id }) => id)
    },
  }
}

function lastSignedInAt() {
  return sql<Stamp | null>`(
    SELECT max(at) FROM security_events
    WHERE security_events.user_id = users.id AND kind IN ('signed-in', 'stepped-up')
  )`.as('last_signed_in_at')
}

interface PersonRow {
  readonly id: string
  readonly email: string
  readonly created_at: Stamp
  readonly is_operator: number
  readonly last_signed_in_at: Stamp | null
}

function toPerson(row: PersonRow): Person {
  return {
    id: row.id,
    email: row.email,
    createdAt: toInstant(row.created_at),
    isOperator: row.is_operator === 1,
    lastSignedInAt: row.last_signed_in_at === null ? null : toInstant(row.last_signed_in_at),
  }
}
