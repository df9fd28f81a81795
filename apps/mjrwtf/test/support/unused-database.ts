import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import SqliteConnection from 'better-sqlite3'
import pg from 'pg'
import { inject } from 'vitest'
import { copyTestDatabase } from '../../../../tools/testing/database-copies.ts'
import type { DatabaseLocation } from '../../src/adapters/persistence/persistence.ts'
import { type Config, loadConfig } from '../../src/config/config.ts'
import { move } from '../../src/program/move.ts'
import { type DatabaseKind, newSqliteFile } from '../persistence.ts'
import { fillSampleRows } from './sample-rows.ts'

/** A migrated database without users that no process uses. */
export interface UnusedDatabase extends AsyncDisposable {
  readonly location: DatabaseLocation
}

export async function openUnused(kind: DatabaseKind): Promise<UnusedDatabase> {
  if (kind === 'postgres') {
    const copy = await copyTestDatabase(inject('migratedPostgres'))
    return {
      location: { kind, url: copy.url },
      [Symbol.asyncDispose]: () => copy.drop(),
    }
  }
  const file = newSqliteFile()
  mkdirSync(dirname(file))
  copyFileSync(inject('migratedSqlite'), file)
  return {
    location: { kind, file },
    async [Symbol.asyncDispose]() {
      rmSync(dirname(dirname(file)), { recursive: true })
    },
  }
}

/** With a row in each table. */
export async function openSample(kind: DatabaseKind): Promise<UnusedDatabase> {
  const opened = await openUnused(kind)
  if (opened.location.kind === 'sqlite') {
    await fillSampleRows(opened.location.file)
    return opened
  }
  await using sample = await openSample('sqlite')
  await move(configFor(sample.location), opened.location)
  return opened
}

export const sampleKey = 'kq3Zr8vT1xWmB5nJ7yLp2sDf9hGc4aQe'

/** The configuration of an instance on this database. */
export function configFor(
  location: DatabaseLocation,
  environment: Readonly<Record<string, string>> = { SECRET_KEYS: sampleKey },
): Config {
  const url = location.kind === 'sqlite' ? `sqlite:${location.file}` : location.url
  const result = loadConfig({ DATABASE_URL: url, ...environment }, { readSecretFile: () => null })
  if (result.status === 'invalid') throw new Error(JSON.stringify(result.problems))
  return result.config
}

/** Runs a statement of a test's own. */
export async function runSql(location: DatabaseLocation, statement: string): Promise<void> {
  if (location.kind === 'sqlite') {
    const connection = new SqliteConnection(location.file)
    connection.exec(statement)
    connection.close()
    return
  }
  const client = new pg.Client({ connectionString: location.url })
  await client.connect()
  await client.query(statement)
  await client.end()
}
