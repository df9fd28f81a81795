import type { Migration } from './migration.ts'

const version = 8
const name = 'first sign-ins'

/** Whoever has an account by then has signed in. */
const backfill = 'UPDATE users SET first_signed_in_at = created_at;'
const down = 'ALTER TABLE users DROP COLUMN first_signed_in_at;'

export const postgresFirstSignIns: Migration = {
  version,
  name,
  up: `ALTER TABLE users ADD COLUMN first_signed_in_at timestamptz; ${backfill}`,
  down,
}

export const sqliteFirstSignIns: Migration = {
  version,
  name,
  up: `ALTER TABLE users ADD COLUMN first_signed_in_at INTEGER; ${backfill}`,
  down,
}
