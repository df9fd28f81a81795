import {
  createPostgresGrantStore,
  createPostgresRevocationChannel,
  createPostgresSessionStore,
  migratePostgresSessions,
} from 'coatcheck/postgres'
import type { OpenedRevocationChannel } from 'coatcheck/testing-contracts'
import pg from 'pg'
import { expect } from 'vitest'
import type { TestDatabase } from '../../../../tools/testing/test-database.ts'
import type { WithGrants } from './grants-of.ts'
import { beginWithPg, deleteAll, replacedTypes } from './open-postgres-schema.ts'
import type { RestrictedRole } from './restricted-role.ts'
import type { Reusable } from './reuse.ts'
import { withGrantUsers, withUsers } from './with-users.ts'

let opened = 0

/**
 * Opens a store and a channel as a role with few privileges, on tables with a schema, a prefix and a
 * reference to users, which the owner has created next to default ones.
 */
export async function openNamedTables(
  { pool: owner }: TestDatabase,
  role: RestrictedRole,
): Promise<OpenedRevocationChannel & Reusable & WithGrants> {
  opened += 1
  const tables = { schema: `Named_${opened}`, tablePrefix: 'Auth_' }
  const users = `"${tables.schema}".users`
  await owner.query(`CREATE SCHEMA "${tables.schema}"; CREATE TABLE ${users} (id text PRIMARY KEY)`)
  await migratePostgresSessions(owner, { schema: tables.schema })
  const userReference = { schema: tables.schema, table: 'users', column: 'id' }
  await migratePostgresSessions(owner, { ...tables, userReference })
  await role.grant(tables)
  const settings = { ...role.settings, types: replacedTypes }
  const [one, other] = [new pg.Pool(settings), new pg.Pool(settings)]
  await migratePostgresSessions(one, tables)
  // A test may pass an id that no text column can contain.
  const addUser = (id: string) =>
    owner.query(`INSERT INTO ${users} VALUES ($1) ON CONFLICT DO NOTHING`, [id]).catch(() => {})
  const openStore = (pool: pg.Pool) => withUsers(createPostgresSessionStore(pool, tables), addUser)
  const openGrants = (pool: pg.Pool) =>
    withGrantUsers(createPostgresGrantStore(pool, tables), addUser)
  const createClient = () => new pg.Client(settings)
  return {
    store: openStore(one),
    second: openStore(other),
    grants: { store: openGrants(one), second: openGrants(other) },
    channel: createPostgresRevocationChannel({ ...tables, createClient }),
    begin: () => beginWithPg(one),
    async removeUser(id) {
      await owner.query(`DELETE FROM ${users} WHERE id = $1`, [id])
    },
    async empty() {
      const { rows } = await owner.query(`SELECT FROM "${tables.schema}".sessions`)
      expect(rows, 'The default tables were used').toEqual([])
      await owner.query(deleteAll((name) => `"${tables.schema}"."Auth_${name}"`, users))
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([one.end(), other.end()])
    },
  }
}
