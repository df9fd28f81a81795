import { type ColumnTypes, postgresTypes, sqliteTypes } from './column-types.ts'
import type { Migration } from './migration.ts'

const version = 29
const name = 'imports of links'
const deletes = 'imports of links that are not complete: links that they have added stay'

function createTables({ instant, options }: ColumnTypes): string {
  const end = options === '' ? '' : ` ${options}`
  return `
      CREATE TABLE link_imports (
        id TEXT PRIMARY KEY,
        owner_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        file_name TEXT NOT NULL,
        state TEXT NOT NULL,
        created_at ${instant} NOT NULL,
        -- When a process last worked on it.
        updated_at ${instant} NOT NULL,
        format TEXT NOT NULL,
        links INTEGER NOT NULL,
        added INTEGER NOT NULL,
        steps INTEGER NOT NULL,
        completed_steps INTEGER NOT NULL,
        problem_count INTEGER NOT NULL,
        -- A JSON array of the first problems.
        problems TEXT NOT NULL
      )${end};
      -- A user imports one file at a time.
      CREATE UNIQUE INDEX link_imports_active ON link_imports (owner_id)
      WHERE state IN ('running', 'canceling');
      CREATE INDEX link_imports_latest ON link_imports (owner_id, created_at);
      CREATE INDEX link_imports_created ON link_imports (created_at);
      -- What each step adds, until the import is complete.
      CREATE TABLE link_import_steps (
        import_id TEXT NOT NULL REFERENCES link_imports (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        content TEXT NOT NULL,
        PRIMARY KEY (import_id, number)
      )${end};`
}

const down = `
      DROP TABLE link_import_steps;
      DROP TABLE link_imports;`

export const sqliteLinkImports: Migration = {
  version,
  name,
  deletes,
  up: createTables(sqliteTypes),
  down,
}

export const postgresLinkImports: Migration = {
  version,
  name,
  deletes,
  up: createTables(postgresTypes),
  down,
}
