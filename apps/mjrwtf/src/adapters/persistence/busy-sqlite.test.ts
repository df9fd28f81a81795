import SqliteConnection from 'better-sqlite3'
import { Kysely } from 'kysely'
import { expect, it } from 'vitest'
import { createBusySqliteDialect } from './busy-sqlite.ts'

it('repeats statements, and rejects streams, which it could not repeat', async () => {
  const works: unknown[] = []
  const dialect = createBusySqliteDialect(
    { database: new SqliteConnection(':memory:') },
    async (work) => {
      works.push(await work())
      return await work()
    },
  )
  const kysely = new Kysely<{ numbers: { n: number } }>({ dialect })
  await kysely.schema.createTable('numbers').ifNotExists().addColumn('n', 'integer').execute()
  expect(works).toHaveLength(1)
  await expect(kysely.selectFrom('numbers').selectAll().stream().next()).rejects.toThrow('Streams')
  await kysely.destroy()
})
