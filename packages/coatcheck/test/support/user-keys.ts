import {
  createPostgresSessionStore,
  migratePostgresSessions,
  type PostgresDatabase,
} from 'coatcheck/postgres'
import { expect } from 'vitest'
import { anInstant, aSessionRecord } from '../../src/testing/builders.ts'
import { anEnding, plainInsertion } from '../../src/testing/fixtures.ts'

export const uuid = '0b2a6f9e-93a4-4a44-9f64-0d2f1c5e7ab1'
const otherUuid = '1b2a6f9e-93a4-4a44-9f64-0d2f1c5e7ab1'

/** A key type, a key of a user, other spellings of it, the key of another user, and what is no key. */
export const keys = [
  {
    type: 'uuid',
    id: uuid,
    spellings: [uuid.toUpperCase()],
    other: otherUuid,
    wrong: ['abc', '7'],
  },
  {
    type: 'bigint',
    id: '9007199254740993',
    spellings: ['+9007199254740993', '009007199254740993'],
    other: '8',
    wrong: ['abc', '9223372036854775808', '7.5'],
  },
  { type: 'integer', id: '7', spellings: ['007', '+7'], other: '8', wrong: ['abc', '2147483648'] },
  { type: 'smallint', id: '7', spellings: ['007'], other: '8', wrong: ['abc'] },
  { type: 'text', id: 'Ada', spellings: [], other: 'ada', wrong: [] },
  { type: 'varchar(36)', id: uuid, spellings: [], other: uuid.toUpperCase(), wrong: [] },
] as const

/** Rejects unless a driver stores, finds, caps and ends sessions with user ids of every type. */
export async function checkUserKeys(
  database: PostgresDatabase,
  run: (sql: string) => PromiseLike<unknown>,
): Promise<void> {
  const tables = { tablePrefix: 'typed_' }
  const userReference = { table: 'typed_users', column: 'id' }
  for (const { type, id, spellings } of keys) {
    const userId = spellings[0] ?? id
    await migratePostgresSessions(database, { ...tables, to: 0 })
    await run(`
      DROP TABLE IF EXISTS typed_users;
      CREATE TABLE typed_users (id ${type} PRIMARY KEY); INSERT INTO typed_users VALUES ('${id}')`)
    await migratePostgresSessions(database, { ...tables, userReference })
    const store = createPostgresSessionStore(database, tables)
    const record = aSessionRecord({ userId })
    await store.insert(plainInsertion(record, { cap: { limit: 1, whenFull: 'evict-oldest' } }))
    expect(await store.find(record.id)).toEqual({ ...record, userId: id })
    expect(await store.listByUser(id, anInstant)).toHaveLength(1)
    const ended = await store.endByUser(userId, anEnding({ by: 'an operator' }), null)
    expect(ended).toMatchObject([{ id: record.id, userId: id }])
  }
}
