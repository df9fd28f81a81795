import SqliteConnection from 'better-sqlite3'
import { Kysely } from 'kysely'
import { expect, it } from 'vitest'
import { createBusySqliteDialect } from './busy-sqlite.ts'

it('repeats statements, and rejects streams, which it could not repeat', async () => {
  const works: unknown[] = []
  const dialect = createBusySqliteDialect(
    { database: new SqliteConnection(':memory:') },
    {
      async retryWhileBusy(work) {
        works.push(await work())
        return await work()
      },
    },
  )
  const kysely = new Kysely<{ numbers: { n: number } }>({ dialect })
  await kysely.schema.createTable('numbers').ifNotExists().addColumn('n', 'integer').execute()
  expect(works).toHaveLength(1)
  await expect(kysely.selectFrom('numbers').selectAll().stream().next()).rejects.toThrow('Streams')
  await kysely.destroy()
})

it('reports a repeated statement once, by kind and result', async () => {
  const observations: unknown[] = []
  const dialect = createBusySqliteDialect(
    { database: new SqliteConnection(':memory:') },
    {
      retryWhileBusy: (work) => work().then(work),
      observeStatement: ({ kind, hasFailed }) => observations.push([kind, hasFailed]),
    },
  )
  const kysely = new Kysely<{ numbers: { n: number } }>({ dialect })
  await kysely.schema.createTable('numbers').ifNotExists().addColumn('n', 'integer').execute()
  await kysely.insertInto('numbers').values({ n: 1 }).execute()
  await kysely.deleteFrom('numbers').execute()
  await kysely.schema.dropTable('numbers').ifExists().execute()
  await expect(kysely.selectFrom('numbers').selectAll().execute()).rejects.toThrow('no such table')
  expect(observations).toEqual([
    ['raw', false],
    ['insert', false],
    ['delete', false],
    ['raw', false],
    ['select', true],
  ])
  await kysely.destroy()
})
