import type { Migration } from './migration.ts'

/** The same words in both databases. */
export const growingTables: Migration = {
  version: 10,
  name: 'ways into tables that grow',
  up: `
    -- A purge looks for what is old, among the counts of everybody who ever mistyped.
    CREATE INDEX attempts_last ON attempts (last_attempt_at);

    -- Whoever takes all of their links along reads them page by page, also those that they removed.
    DROP INDEX links_owner;
    CREATE INDEX links_owner ON links (owner_id, created_at, id);`,
  down: `
    DROP INDEX links_owner;
    CREATE INDEX links_owner ON links (owner_id);
    DROP INDEX attempts_last;`,
}
