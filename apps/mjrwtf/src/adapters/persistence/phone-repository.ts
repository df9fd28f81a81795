import { sql } from 'kysely'
import type { Phone, PhoneRepository } from '../../application/ports/phone-repository.ts'
import type { UserState } from '../../application/ports/user-repository.ts'
import type { UserId } from '../../domain/user.ts'
import { type Database, run } from './database.ts'
import { acceptsWaysIn, lockUser } from './lock-user.ts'
import { type Timestamp, toInstant } from './tables.ts'

/** Stores verified phones. Triggers of the table keep `users.second_factors`. */
export function createPhoneRepository(database: Database): PhoneRepository {
  const { kysely, dialect } = database
  return {
    async find(userId) {
      const query = kysely
        .selectFrom('phones')
        .select(['id', 'number', 'created_at', 'last_used_at'])
        .where('user_id', '=', userId)
      const row = await run(query.executeTakeFirst())
      return row === undefined ? null : toPhone(row)
    },
    async save(user, phone) {
      const { userId } = user
      const rows = await run(
        database.transact({
          lock: lockUser(database, userId),
          read: readQuery(user).compile(kysely),
          write: ([row]) =>
            row !== undefined && mayAdd(row) ? [saveQuery(database, userId, phone)] : [],
        }),
      )
      const [row] = rows
      if (row === undefined) return { status: 'user-deleted' }
      return mayAdd(row)
        ? { status: 'saved', replaced: replacedPhone(row) }
        : { status: 'needs-other-factor' }
    },
    async touch(userId, number, at) {
      const query = kysely
        .updateTable('phones')
        .set({ last_used_at: dialect.timestamp(at) })
        .where('user_id', '=', userId)
        .where('number', '=', number)
      await run(query.execute())
    },
  }
}

interface PhoneRow {
  readonly id: string
  readonly number: string
  readonly created_at: Timestamp
  readonly last_used_at: Timestamp | null
}

function toPhone({ id, number, created_at, last_used_at }: PhoneRow): Phone {
  const lastUsedAt = last_used_at === null ? null : toInstant(last_used_at)
  return { id, number, createdAt: toInstant(created_at), lastUsedAt }
}

/** A user and the phone, if there is one. */
type OwnerRow = { readonly is_operator: number; readonly others: number | string } & {
  readonly [Column in keyof PhoneRow]: PhoneRow[Column] | null
}

function readQuery(user: UserState) {
  return sql<OwnerRow>`
    SELECT users.is_operator,
      (SELECT count(*) FROM authenticators WHERE user_id = users.id) +
      (SELECT count(*) FROM passkeys WHERE user_id = users.id AND suspended_at IS NULL) AS others,
      phones.id, phones.number, phones.created_at, phones.last_used_at
    FROM users LEFT JOIN phones ON phones.user_id = users.id 
    WHERE ${acceptsWaysIn(user)}`
}

/** A phone must not be the only second factor of an administrator. */
function mayAdd({ is_operator, others }: OwnerRow): boolean {
  return is_operator === 0 || Number(others) > 0
}

function replacedPhone({ id, number, created_at, last_used_at }: OwnerRow): Phone | null {
  if (id === null || number === null || created_at === null) return null
  return toPhone({ id, number, created_at, last_used_at })
}

function saveQuery(
  { kysely, dialect }: Database,
  userId: UserId,
  phone: Omit<Phone, 'lastUsedAt'>,
) {
  const { id, number, createdAt } = phone
  const row = { id, number, created_at: dialect.timestamp(createdAt), last_used_at: null }
  return kysely
    .insertInto('phones')
    .values({ ...row, user_id: userId })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(row))
    .compile()
}
