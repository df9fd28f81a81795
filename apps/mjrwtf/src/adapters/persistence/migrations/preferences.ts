import type { Migration } from './migration.ts'

/** The same SQL for both databases. Null in each column: the user has not chosen. */
export const preferences: Migration = {
  version: 26,
  name: 'preferences of users',
  deletes: 'the preferences of users: time zone, format of dates, theme and first page',
  up: `
    -- Name in the IANA database. Null until it is chosen or detected.
    ALTER TABLE users ADD COLUMN time_zone TEXT;
    ALTER TABLE users ADD COLUMN locale TEXT;
    ALTER TABLE users ADD COLUMN theme TEXT;
    ALTER TABLE users ADD COLUMN landing_page TEXT;`,
  down: `
    ALTER TABLE users DROP COLUMN landing_page;
    ALTER TABLE users DROP COLUMN theme;
    ALTER TABLE users DROP COLUMN locale;
    ALTER TABLE users DROP COLUMN time_zone;`,
}
