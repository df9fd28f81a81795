import { type ColumnTypes, postgresTypes, sqliteTypes } from './column-types.ts'
import type { Migration } from './migration.ts'

const version = 20
const name = 'suspended accounts and links that were taken down'
const deletes =
  'which accounts are suspended and which links are taken down: the accounts can sign in again, and the links redirect again'

function addColumns({ instant }: ColumnTypes): string {
  return `
      -- Null for an account in use.
      ALTER TABLE users ADD COLUMN suspended_at ${instant};
      ALTER TABLE users ADD COLUMN suspension_reason TEXT;

      -- When the email was verified in a browser without a session of the account; null otherwise, and after a reset.
      ALTER TABLE users ADD COLUMN planted_before ${instant};

      -- Null for a link that redirects. The reason is one of a list, and shown to visitors.
      ALTER TABLE links ADD COLUMN taken_down_at ${instant};
      ALTER TABLE links ADD COLUMN take_down_reason TEXT;

      -- 0 for a link that the operator created: it does not show who reads the mailbox.
      ALTER TABLE email_tokens ADD COLUMN verifies_email INTEGER NOT NULL DEFAULT 1;`
}

const dropColumns = `
      ALTER TABLE email_tokens DROP COLUMN verifies_email;
      ALTER TABLE links DROP COLUMN take_down_reason;
      ALTER TABLE links DROP COLUMN taken_down_at;
      ALTER TABLE users DROP COLUMN planted_before;
      ALTER TABLE users DROP COLUMN suspension_reason;
      ALTER TABLE users DROP COLUMN suspended_at;`

/**
 * Someone else may have created the account with that email and added ways in, to use them after its owner has reset the
 * password. The reset shows who owns the mailbox: nothing that was added before stays. If the email was verified before,
 * without a session of the account, the owner may have done it and not be the one who created the account: what was added
 * until then does not stay either. A reset by a link of the operator shows nothing about the mailbox.
 */
const isFirstVerification =
  'OLD.password_resets <> NEW.password_resets AND OLD.email_verified_at IS NULL'
const isVerified = 'NEW.email_verified_at IS NOT NULL'
const mayBePlanted =
  'OLD.password_resets <> NEW.password_resets AND OLD.planted_before IS NOT NULL AND NEW.planted_before IS NULL'

const tables = ['identities', 'passkeys', 'authenticators', 'phones', 'recovery_codes']
const deletions = tables.map((table) => `DELETE FROM ${table} WHERE user_id = NEW.id;`).join('\n')
const earlierDeletions = tables
  .map(
    (table) => `DELETE FROM ${table} WHERE user_id = NEW.id AND created_at < OLD.planted_before;`,
  )
  .join('\n')

export const sqliteOperatorActions: Migration = {
  version,
  name,
  deletes,
  up: `
    ${addColumns(sqliteTypes)}
    DROP TRIGGER users_reset_identities;
    CREATE TRIGGER users_reset_planted AFTER UPDATE OF password_resets ON users
    WHEN ${isFirstVerification} AND ${isVerified} BEGIN
      ${deletions}
    END;
    CREATE TRIGGER users_reset_planted_earlier AFTER UPDATE OF password_resets ON users
    WHEN ${mayBePlanted} BEGIN
      ${earlierDeletions}
    END;`,
  down: `
    DROP TRIGGER users_reset_planted_earlier;
    DROP TRIGGER users_reset_planted;
    CREATE TRIGGER users_reset_identities AFTER UPDATE OF password_resets ON users
    WHEN ${isFirstVerification} BEGIN DELETE FROM identities WHERE user_id = NEW.id; END;
    ${dropColumns}`,
}

export const postgresOperatorActions: Migration = {
  version,
  name,
  deletes,
  up: `
    ${addColumns(postgresTypes)}
    CREATE FUNCTION delete_planted_access() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      ${deletions}
      RETURN NULL;
    END $$;
    DROP TRIGGER users_reset_identities ON users;
    CREATE TRIGGER users_reset_planted AFTER UPDATE OF password_resets ON users
    FOR EACH ROW WHEN (${isFirstVerification} AND ${isVerified})
    EXECUTE FUNCTION delete_planted_access();
    CREATE FUNCTION delete_earlier_planted_access() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      ${earlierDeletions}
      RETURN NULL;
    END $$;
    CREATE TRIGGER users_reset_planted_earlier AFTER UPDATE OF password_resets ON users
    FOR EACH ROW WHEN (${mayBePlanted}) EXECUTE FUNCTION delete_earlier_planted_access();`,
  down: `
    DROP TRIGGER users_reset_planted_earlier ON users;
    DROP FUNCTION delete_earlier_planted_access;
    DROP TRIGGER users_reset_planted ON users;
    DROP FUNCTION delete_planted_access;
    CREATE TRIGGER users_reset_identities AFTER UPDATE OF password_resets ON users
    FOR EACH ROW WHEN (${isFirstVerification}) EXECUTE FUNCTION delete_unverified_identities();
    ${dropColumns}`,
}
