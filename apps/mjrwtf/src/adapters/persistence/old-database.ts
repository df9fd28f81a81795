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
