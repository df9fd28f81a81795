import { join } from 'node:path'
import SqliteConnection from 'better-sqlite3'

/** The tables of the old service at its last version. */
const tables = `
  CREATE TABLE urls (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    short_code VARCHAR(255) NOT NULL UNIQUE,
    original_url TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    created_by VARCHAR(255) NOT NULL
  );
  CREATE TABLE clicks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    url_id INTEGER NOT NULL REFERENCES urls (id) ON DELETE CASCADE,
    clicked_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    referrer TEXT,
    country VARCHAR(2),
    user_agent TEXT,
    referrer_domain VARCHAR(255)
  );
  CREATE TABLE url_status (url_id INTEGER PRIMARY KEY REFERENCES urls (id));
  CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY, version_id INTEGER, is_applied INTEGER);`

export interface OldService {
  readonly file: string
  /** Adds a link with clicks at these times, and returns its id. */
  addLink(link: {
    readonly shortCode: string
    readonly url: string
    readonly createdAt?: string
    readonly clicks?: readonly string[]
  }): number
  addClicks(linkId: number, times: readonly string[]): void
  close(): void
}

/** A database of the old service in the folder, which stays open as if the old service was running. */
export function createOldService(folder: string): OldService {
  const file = join(folder, 'database.db')
  const connection = new SqliteConnection(file)
  connection.pragma('journal_mode = WAL')
  connection.exec(tables)
  const insertLink = connection.prepare(`
    INSERT INTO urls (short_code, original_url, created_at, created_by)
    VALUES (?, ?, ?, 'authenticated-user')`)
  const insertClick = connection.prepare(`
    INSERT INTO clicks (url_id, clicked_at, referrer, country, user_agent, referrer_domain)
    VALUES (?, ?, 'https://news.test/today', 'DE', 'Mozilla/5.0 Firefox/140.0', 'news.test')`)
  function addClicks(linkId: number, times: readonly string[]): void {
    for (const at of times) insertClick.run(linkId, at)
  }

  return {
    file,
    addClicks,
    addLink({ shortCode, url, createdAt = '2025-11-24 19:32:07.123456789+00:00', clicks = [] }) {
      const id = Number(insertLink.run(shortCode, url, createdAt).lastInsertRowid)
      addClicks(id, clicks)
      return id
    },
    close: () => void connection.close(),
  }
}
