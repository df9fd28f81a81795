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
 * Users upload such files. A view, a generated column or a CHECK constraint computes anything while it is read, and blocks the
 * process; a table only stores. See https://sqlite.org/security.html, "Untrusted SQLite database files".
 */
function requirePlainTables(connection: SqliteConnection.Database): void {
  connection.pragma('trusted_schema = OFF')
  connection.pragma('cell_size_check = ON')
  connection.pragma('ignore_check_constraints = ON')
  for (const table of ['urls', 'clicks']) {
    if (!isPlain(connection, table)) throw new Error(`${table} is not a plain table`)
    // Of these tables only: it would compute the generated columns of others.
    if (connection.pragma(`quick_check(${table})`, { simple: true }) !== 'ok')
      throw new Error('corrupt')
  }
}

/** Whether it is a table without computed columns, whose id is the key by which SQLite stores rows. */
function isPlain(connection: SqliteConnection.Database, table: string): boolean {
  const problems = connection.prepare<Record<string, string>, number>(`
    SELECT (SELECT count(*) <> 1 FROM pragma_table_list
        WHERE schema = 'main' AND name = :table AND type = 'table' AND wr = 0)
      + (SELECT count(*) FROM pragma_table_xinfo(:table) WHERE hidden <> 0)
      + (SELECT count(*) <> 1 FROM pragma_table_xinfo(:table) WHERE pk <> 0 AND name = 'id')
      + (SELECT count(*) FROM pragma_index_list(:table) WHERE origin = 'pk')`)
  return problems.pluck().get({ table }) === 0
}

/** Ids above it are not exact in JavaScript, and the next page would start before them. */
const maxId = Number.MAX_SAFE_INTEGER

/** In characters. Longer texts are not valid, or only their beginning counts. */
const [maxUrl, maxText] = [100_000, 2_000]

function textOf(column: string, length: number): string {
  return `substr(CAST(${column} AS TEXT), 1, ${length})`
}

function createOldDatabase(connection: SqliteConnection.Database): OpenOldDatabase {
  const links = connection.prepare<[number, number], OldLink>(`
    SELECT id, coalesce(${textOf('short_code', maxText)}, '') AS shortCode,
      coalesce(${textOf('original_url', maxUrl)}, '') AS originalUrl,
      coalesce(${textOf('created_at', maxText)}, '') AS createdAt
    FROM urls WHERE id > ? AND id <= ${maxId} ORDER BY id LIMIT ?`)
  const clicks = prepareClicks(connection)
  return {
    links: (after, limit) => links.all(after, limit),
    clicks: (linkId, after, limit) => clicks.all(linkId, after, limit),
    close: () => void connection.close(),
  }
}

/** The old service has no index of clicks by link: without one, each link would read all clicks. */
function prepareClicks(connection: SqliteConnection.Database) {
  connection.exec(`
    CREATE TEMP TABLE clicks_of_links
      (url_id INTEGER NOT NULL, click_id INTEGER NOT NULL, PRIMARY KEY (url_id, click_id)) WITHOUT ROWID;
    INSERT INTO clicks_of_links SELECT url_id, id FROM main.clicks
      WHERE typeof(url_id) = 'integer' AND id BETWEEN 1 AND ${maxId} ORDER BY url_id, id;`)
  return connection.prepare<[number, number, number], OldClick>(`
    SELECT id, coalesce(${textOf('clicked_at', maxText)}, '') AS clickedAt,
      ${textOf('referrer', maxText)} AS referrer, ${textOf('country', maxText)} AS country,
      ${textOf('user_agent', maxText)} AS userAgent
    FROM clicks_of_links CROSS JOIN main.clicks ON clicks.id = click_id
    WHERE clicks_of_links.url_id = ? AND click_id > ? ORDER BY click_id LIMIT ?`)
}
