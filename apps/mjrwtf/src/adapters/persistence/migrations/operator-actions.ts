import { type ColumnTypes, postgresTypes, sqliteTypes } from './column-types.ts'
import type { Migration } from './migration.ts'

function createMigration({ instant }: ColumnTypes): Migration {
  return {
    version: 20,
    name: 'suspended accounts and links that were taken down',
    deletes:
      'which accounts are suspended and which links are taken down: the accounts can sign in again, and the links redirect again',
    up: `
      -- Null for an account in use.
      ALTER TABLE users ADD COLUMN suspended_at ${instant};
      ALTER TABLE users ADD COLUMN suspension_reason TEXT;

      -- Null for a link that redirects. The reason is one of a list, and shown to visitors.
      ALTER TABLE links ADD COLUMN taken_down_at ${instant};
      ALTER TABLE links ADD COLUMN take_down_reason TEXT;`,
    down: `
      ALTER TABLE links DROP COLUMN take_down_reason;
      ALTER TABLE links DROP COLUMN taken_down_at;
      ALTER TABLE users DROP COLUMN suspension_reason;
      ALTER TABLE users DROP COLUMN suspended_at;`,
  }
}

export const sqliteOperatorActions = createMigration(sqliteTypes)
export const postgresOperatorActions = createMigration(postgresTypes)
