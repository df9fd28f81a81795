import { type ColumnTypes, postgresTypes, sqliteTypes } from './column-types.ts'
import type { Migration } from './migration.ts'

function createShortDomains({ instant, options }: ColumnTypes): Migration {
  return {
    version: 28,
    name: 'further hosts of short links',
    deletes: 'further hosts of short links: their links are served at the default host',
    up: `
      CREATE TABLE short_domains (
        host TEXT PRIMARY KEY,
        root_url TEXT,
        not_found_url TEXT,
        not_found_text TEXT NOT NULL,
        created_at ${instant} NOT NULL
      ) ${options};
      -- The links of a domain that is removed.
      CREATE INDEX links_domain ON links (domain) WHERE domain IS NOT NULL;`,
    down: `
      DROP INDEX links_domain;
      UPDATE links SET domain = NULL WHERE domain IS NOT NULL;
      DROP TABLE short_domains;`,
  }
}

export const sqliteShortDomains = createShortDomains(sqliteTypes)
export const postgresShortDomains = createShortDomains(postgresTypes)
