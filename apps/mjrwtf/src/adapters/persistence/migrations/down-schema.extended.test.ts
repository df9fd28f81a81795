import SqliteConnection from 'better-sqlite3'
import pg from 'pg'
import { expect, it } from 'vitest'
import { openTestDatabase } from '../../../../../../tools/testing/test-database.ts'
import { migratePostgres } from '../schema/postgres-schema.ts'
import { migrateSqlite } from '../schema/sqlite-schema.ts'
import { sqliteMigrations } from './sqlite-migrations.ts'

/** Columns that are added again come last, and statements are stored as they were written. */
function normalized(text: string): string {
  return text
    .replaceAll(/--[^\n]*/g, '')
    .replaceAll(/[\s"]+/g, ' ')
    .trim()
}

function sqliteSchema(connection: SqliteConnection.Database): readonly string[] {
  const objects = connection
    .prepare<[], { type: string; name: string; sql: string }>(
      `SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND type <> 'table'`,
    )
    .all()
    .map(({ type, name, sql }) => `${type} ${name}: ${normalized(sql)}`)
  const columns = connection
    .prepare<[], string>(
      `SELECT 'column ' || t.name || '.' || c.name || ' ' || c.type || c."notnull"
       FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table'
       AND t.name NOT LIKE 'link_search%' AND t.name NOT LIKE 'sqlite%'`,
    )
    .pluck()
    .all()
  return [...objects, ...columns].toSorted()
}

it('SQLite: every step down leaves the schema that the step before has created', () => {
  const newest = sqliteMigrations.length
  const down = new SqliteConnection(':memory:')
  const up = new SqliteConnection(':memory:')
  migrateSqlite(down, newest)
  const expected = sqliteMigrations.map(({ version }) => {
    migrateSqlite(up, version)
    return sqliteSchema(up)
  })
  for (let version = newest - 1; version > 0; version -= 1) {
    migrateSqlite(down, version)
    expect([version, sqliteSchema(down)]).toEqual([version, expected[version - 1]])
  }
})

const postgresSchema = `
  SELECT pg_get_triggerdef(oid) AS text FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
  UNION ALL SELECT concat(conrelid::regclass, ' ', pg_get_constraintdef(oid))
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT concat(proname, ': ', prosrc) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT concat(table_name, '.', column_name, ' ', data_type, ' ', is_nullable, column_default)
    FROM information_schema.columns WHERE table_schema = 'public'
  ORDER BY 1`

it('PostgreSQL: every step down leaves the schema that the step before has created', async () => {
  await using database = await openTestDatabase()
  const pool = new pg.Pool({ connectionString: database.url, max: 1 })
  const read = async () => {
    const { rows } = await pool.query<{ text: string }>(postgresSchema)
    return rows.map(({ text }) => normalized(text)).toSorted()
  }
  const expected: (readonly string[])[] = []
  for (const { version } of sqliteMigrations) {
    await migratePostgres(pool, version)
    expected.push(await read())
  }
  for (let version = sqliteMigrations.length - 1; version > 0; version -= 1) {
    await migratePostgres(pool, version)
    expect([version, await read()]).toEqual([version, expected[version - 1]])
  }
  await pool.end()
})
