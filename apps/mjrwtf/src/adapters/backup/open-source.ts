import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { DatabaseLocation } from '../persistence/persistence.ts'
import { BackupError } from './backup-error.ts'
import { requireUnused, withPostgres } from './postgres-replacement.ts'
import { type PostgresConnection, withPostgresSource } from './postgres-source.ts'
import type { RowSource } from './row-source.ts'
import { lockUnused } from './sqlite-replacement.ts'
import { createSqliteSource, withSqliteSource } from './sqlite-source.ts'

/** Runs work on one snapshot of a database of any version. Servers may write meanwhile. */
export async function withRowSource<Result>(
  location: DatabaseLocation,
  work: (source: RowSource) => Promise<Result>,
): Promise<Result> {
  if (location.kind === 'postgres') {
    return withPostgres(location.url, (client) => withPostgresSource(client, work))
  }
  return withSqliteSource(existing(location.file), work)
}

/** As `withRowSource`, but rejects with `BackupError` if another process uses the database. On SQLite, none can meanwhile. */
export async function withUnusedSource<Result>(
  location: DatabaseLocation,
  work: (source: RowSource) => Promise<Result>,
): Promise<Result> {
  if (location.kind === 'postgres') {
    return withPostgres(location.url, async (client) => {
      await requireUnused(client)
      return withPostgresSource(client, async (source) => {
        await lockForReading(client, source)
        return work(source)
      })
    })
  }
  const connection = lockUnused(existing(location.file))
  try {
    return await work(createSqliteSource(connection))
  } finally {
    connection.exec('ROLLBACK')
    connection.pragma('journal_mode = WAL')
    connection.close()
  }
}

/** A server that starts meanwhile cannot write what would not be copied. */
async function lockForReading(client: PostgresConnection, source: RowSource): Promise<void> {
  const names = source.description.tables.map(({ name }) => `"${name}"`)
  await client.query(`LOCK TABLE ${names.join(', ')} IN SHARE MODE`)
}

function existing(file: string): string {
  const path = resolve(file)
  if (!existsSync(path)) {
    throw new BackupError(
      `There is no database ${path}. Check DATABASE_URL and the working directory.`,
    )
  }
  return path
}
