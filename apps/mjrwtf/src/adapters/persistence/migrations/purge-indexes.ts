import type { Migration } from './migration.ts'

/** For both databases. */
export const purgeIndexes: Migration = {
  version: 15,
  name: 'indexes for purges in batches',
  up: `
    CREATE INDEX email_tokens_expiry ON email_tokens (expires_at);
    CREATE INDEX email_changes_expiry ON email_changes (expires_at);
    CREATE INDEX invites_expiry ON invites (expires_at);

    -- With the number of failures: each batch skips the counters of locked accounts, which are never purged.
    DROP INDEX attempts_last_attempt;
    CREATE INDEX attempts_last_attempt ON attempts (last_attempt_at, failures);`,
  down: `
    DROP INDEX attempts_last_attempt;
    CREATE INDEX attempts_last_attempt ON attempts (last_attempt_at);
    DROP INDEX invites_expiry;
    DROP INDEX email_changes_expiry;
    DROP INDEX email_tokens_expiry;`,
}
