import type { Migration } from './migration.ts'

/** The same SQL for both databases. */
export const passwordResets: Migration = {
  version: 17,
  name: 'password resets',
  up: 'ALTER TABLE users ADD COLUMN password_resets INTEGER NOT NULL DEFAULT 0;',
  down: 'ALTER TABLE users DROP COLUMN password_resets;',
}
