import SqliteConnection from 'better-sqlite3'
import type { OldClick, OldDatabase, OldLink } from '../../application/ports/old-database.ts'
import { PersistenceError } from './persistence-error.ts'

export interface OpenOldDatabase extends OldDatabase {
  close(): void
}

/**
 * Opens the database of the old service, which may be running. Writes nothing to it. Throws `PersistenceError` with the code
 * `not-a-database` if the file is missing, is no SQLite database, or not that of the old service.
 */
export function openOldDatabase(file: string): OpenOldDatabase {
  const connection = connect(file)
  try {
    requirePlainTables(connection)
    return createOldDatabase(connection)
  } catch (error) {
    connection.close()
    const message = `${file} is not a database of the old service: the tables urls and clicks are missing.`
    throw new PersistenceError('not-a-database', message, { cause: error })
  }
}

function connect(file: string): SqliteConnection.Database {
  try {
    return new SqliteConnection(file, { readonly: true, fileMustExist: true })
  } catch (error) {
    throw new PersistenceError('not-a-database', `${file} cannot be opened.`, { cause: error })
  }
}

/**
 * Users upload such files. A view or a generated column computes anything while it is read, and blocks the process; a table
 * only stores. See https://sqlite.org/security.html, "Untrusted SQLite database files".
 */
function requirePlainTables(connection: SqliteConnection.Database): void {
  connection.pragma('trusted_schema = OFF')
  connection.pragma('cell_size_check = ON')
  if (connection.pragma('quick_check(1)', { simple: true }) !== 'ok') throw new Error('corrupt')
  const kinds = connection.prepare<[string], { readonly type: string }>(
    "SELECT type FROM pragma_table_list WHERE schema = 'main' AND name = ?",
  )
  const hidden = connection
    .prepare<[string], number>('SELECT count(*) FROM pragma_table_xinfo(?) WHERE hidden <> 0')
    .pluck()
  for (const table of ['urls', 'clicks']) {
    if (kinds.get(table)?.type !== 'table' || hidden.get(table) !== 0)
      throw new Error(`${table} is not a plain table`)
  }
}

function createOldDatabase(connection: SqliteConnection.Database): OpenOldDatabase {
  const links = connection.prepare<[number, number], OldLink>(`
    SELECT id, short_code AS shortCode, original_url AS originalUrl,
      CAST(created_at AS TEXT) AS createdAt
    FROM urls WHERE id > ? ORDER BY id LIMIT ?`)
  const clicks = connection.prepare<[number, number, number], OldClick>(`
    SELECT id, CAST(clicked_at AS TEXT) AS clickedAt, referrer, country, user_agent AS userAgent
    FROM clicks WHERE url_id = ? AND id > ? ORDER BY id LIMIT ?`)
  return {
    links: (after, limit) => links.all(after, limit),
    clicks: (linkId, after, limit) => clicks.all(linkId, after, limit),
    close: () => void connection.close(),
  }
}
