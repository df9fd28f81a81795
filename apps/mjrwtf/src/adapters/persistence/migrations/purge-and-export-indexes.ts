import type { Migration } from './migration.ts'

/** The same words in both databases. */
export const purgeAndExportIndexes: Migration = {
  version: 10,
  name: 'indexes for purges and exports',
  up: `
    -- A purge looks for what is old, among the counts of everybody who ever mistyped.
    CREATE INDEX attempts_last_attempt ON attempts (last_attempt_at);

    -- Whoever takes all of their links along reads them page by page, also those that they removed.
    DROP INDEX links_owner;
    CREATE INDEX links_owner ON links (owner_id, created_at, id);`,
  down: `
    DROP INDEX links_owner;
    CREATE INDEX links_owner ON links (owner_id);
    DROP INDEX attempts_last_attempt;`,
}
