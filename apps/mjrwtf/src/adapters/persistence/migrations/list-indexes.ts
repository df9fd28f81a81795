import type { Migration } from './migration.ts'

/** For both databases. */
export const listIndexes: Migration = {
  version: 13,
  name: 'indexes for pages of lists',
  up: `
    -- Pages of users, newest first.
    CREATE INDEX users_created ON users (created_at, id);

    -- Pages of the security log with some kinds of events, and the last sign-in of a user.
    CREATE INDEX security_events_kind ON security_events (user_id, kind, at, id);`,
  down: `
    DROP INDEX security_events_kind;
    DROP INDEX users_created;`,
}
