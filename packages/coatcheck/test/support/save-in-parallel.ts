import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { createSessions } from '../../src/index.ts'
import { createPostgresSessionStore } from '../../src/postgres.ts'
import { createSqliteSessionStore } from '../../src/sqlite.ts'

/** Changes that a process makes at once, and then one after another. */
export const parallelSaves = 250
export const sequentialSaves = 25

/** The program of one process: saves different keys of a session, and expects each in its own result. */
async function saveInParallel([
  database = '',
  id = '',
  name = '',
]: readonly string[]): Promise<void> {
  const { store, close } = database.startsWith('postgres')
    ? openPostgres(database)
    : openSqlite(database)
  const sessions = createSessions<Record<string, number>>({ store, data: { initial: {} } })
  async function save(index: number): Promise<void> {
    const data = await sessions.saveData(id, { [`${name}-${index}`]: index })
    if (data?.[`${name}-${index}`] !== index) throw new Error(`change ${index} is missing`)
  }
  await Promise.all(Array.from({ length: parallelSaves }, (_, index) => save(index)))
  for (let n = 0; n < sequentialSaves; n += 1) await save(parallelSaves + n)
  await sessions.close()
  await close()
}

function openSqlite(file: string) {
  const database = new DatabaseSync(file)
  database.exec('PRAGMA busy_timeout = 0; PRAGMA synchronous = OFF')
  return { store: createSqliteSessionStore(database), close: async () => database.close() }
}

function openPostgres(connectionString: string) {
  const pool = new pg.Pool({ connectionString, max: 4 })
  return { store: createPostgresSessionStore(pool), close: () => pool.end() }
}

if (import.meta.main) await saveInParallel(process.argv.slice(2))
