import { type Selectable, sql } from 'kysely'
import type {
  AuthenticatorLimit,
  AuthenticatorRepository,
  StoredAuthenticator,
} from '../../application/ports/authenticator-repository.ts'
import { type Database, run } from './database.ts'
import { acceptsWaysIn, lockUser } from './lock-user.ts'
import { type Tables, toInstant } from './tables.ts'

export function createAuthenticatorRepository(database: Database): AuthenticatorRepository {
  const { kysely, dialect } = database
  const authenticators = kysely.selectFrom('authenticators').selectAll()
  return {
    add: (authenticator, limit) => add(database, authenticator, limit),
    async list(userId) {
      const query = authenticators.where('user_id', '=', userId).orderBy('created_at').orderBy('id')
      return (await run(query.execute())).map(toAuthenticator)
    },
    async useStep({ userId, id, step, at }) {
      const query = kysely
        .updateTable('authenticators')
        .set({ last_step: step, last_used_at: dialect.timestamp(at) })
        .where('id', '=', id)
        .where('user_id', '=', userId)
        .where('last_step', '<', step)
        .returning('id')
      return (await run(query.execute())).length === 1
    },
    async keyUses() {
      const query = kysely
        .selectFrom('authenticators')
        .select(({ fn }) => ['key_id', fn.countAll<number | string>().as('authenticators')])
        .groupBy('key_id')
        .orderBy('key_id')
      const rows = await run(query.execute())
      return rows.map((row) => ({
        keyId: row.key_id,
        authenticators: Number(row.authenticators),
      }))
    },
    async listByKey(keyId, { after, limit }) {
      const query = authenticators
        .where('key_id', '=', keyId)
        .where('id', '>', after)
        .orderBy('id')
        .limit(limit)
      return (await run(query.execute())).map(toAuthenticator)
    },
    async replaceKey(id, from, to) {
      const query = kysely
        .updateTable('authenticators')
        .set({ encrypted_key: to.ciphertext, key_id: to.keyId })
        .where('id', '=', id)
        .where('key_id', '=', from)
      await run(query.execute())
    },
  }
}

/** What decides whether an authenticator may be added. No row if there is no such user. */
interface UserRow {
  readonly authenticators: number | string
  readonly same_id: number | string
}

type Added = Awaited<ReturnType<AuthenticatorRepository['add']>>

/**
 * In a transaction that locks the user: a statement that counts and inserts would count the rows as they were before it
 * waited for a parallel one.
 */
async function add(
  database: Database,
  authenticator: StoredAuthenticator,
  { max, passwordVersion }: AuthenticatorLimit,
): Promise<Added> {
  const { kysely } = database
  const rows = await run(
    database.transact({
      lock: lockUser(database, authenticator.userId),
      read: sql<UserRow>`
        SELECT
          (SELECT count(*) FROM authenticators WHERE user_id = users.id) AS authenticators,
          (SELECT count(*) FROM authenticators WHERE id = ${authenticator.id}) AS same_id
        FROM users WHERE ${acceptsWaysIn({ userId: authenticator.userId, passwordVersion })}`.compile(
        kysely,
      ),
      write: ([row]) =>
        decide(row, max) === 'added'
          ? [kysely.insertInto('authenticators').values(toRow(database, authenticator)).compile()]
          : [],
    }),
  )
  return decide(rows[0], max)
}

function decide(row: UserRow | undefined, max: number): Added {
  if (row === undefined) return 'user-deleted'
  if (Number(row.same_id) > 0) return 'exists'
  return Number(row.authenticators) < max ? 'added' : 'too-many'
}

function toRow(
  { dialect }: Database,
  authenticator: StoredAuthenticator,
): Selectable<Tables['authenticators']> {
  const { id, userId, name, encryptedKey, lastStep, createdAt, lastUsedAt } = authenticator
  return {
    id,
    user_id: userId,
    name,
    encrypted_key: encryptedKey.ciphertext,
    key_id: encryptedKey.keyId,
    last_step: lastStep,
    created_at: dialect.timestamp(createdAt),
    last_used_at: lastUsedAt === null ? null : dialect.timestamp(lastUsedAt),
  }
}

function toAuthenticator(row: Selectable<Tables['authenticators']>): StoredAuthenticator {
  return {
    id: row.id,
    userId: row.user_id,
    name: row.name,
    encryptedKey: { keyId: row.key_id, ciphertext: row.encrypted_key },
    lastStep: Number(row.last_step),
    createdAt: toInstant(row.created_at),
    lastUsedAt: row.last_used_at === null ? null : toInstant(row.last_used_at),
  }
}
