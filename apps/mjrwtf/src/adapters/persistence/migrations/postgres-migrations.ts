import { postgresAccountDeletion } from './account-deletion.ts'
import { postgresAdministrators } from './administrators.ts'
import { postgresClickCounts } from './click-counts.ts'
import { postgresClickSources } from './click-sources.ts'
import { postgresCredentials } from './credentials.ts'
import { draftSessions } from './draft-sessions.ts'
import { postgresLinkEdits } from './link-edits.ts'
import { postgresLinkImports } from './link-imports.ts'
import { postgresLinkLists } from './link-lists.ts'
import { postgresLinkOptions } from './link-options.ts'
import { postgresLinkSearch } from './link-search-migrations.ts'
import { listIndexes } from './list-indexes.ts'
import type { Migration } from './migration.ts'
import { postgresOperatorActions } from './operator-actions.ts'
import { passwordResets } from './password-resets.ts'
import { preferences } from './preferences.ts'
import { purgeIndexes } from './purge-indexes.ts'
import { postgresSecondFactors } from './second-factors.ts'
import { postgresSecurityChain } from './security-chain.ts'
import { postgresShortCodes, sharedMigrations } from './shared-migrations.ts'
import { postgresShortDomains } from './short-domains.ts'

const initial: Migration = {
  version: 1,
  name: 'users, links and clicks',
  up: `
    CREATE TABLE users (
      id text PRIMARY KEY,
      email text NOT NULL,
      email_key text NOT NULL UNIQUE,
      password_hash text NOT NULL,
      created_at timestamptz NOT NULL,
      is_operator smallint NOT NULL CHECK (is_operator IN (0, 1)),
      invite_id text UNIQUE
    );
    -- One operator: decides between two concurrent first accounts.
    CREATE UNIQUE INDEX users_operator ON users (is_operator) WHERE is_operator = 1;

    CREATE TABLE setup_codes (
      code_hash text PRIMARY KEY,
      expires_at timestamptz NOT NULL
    );

    CREATE TABLE invites (
      id text PRIMARY KEY,
      code_hash text NOT NULL UNIQUE,
      created_by text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      created_at timestamptz NOT NULL,
      expires_at timestamptz NOT NULL
    );
    CREATE INDEX invites_creator ON invites (created_by);

    CREATE TABLE links (
      id text PRIMARY KEY,
      short_code text NOT NULL UNIQUE,
      destination text NOT NULL,
      owner_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      created_at timestamptz NOT NULL,
      expires_at timestamptz,
      removed_at timestamptz
    );
    CREATE INDEX links_active ON links (owner_id, created_at, id) WHERE removed_at IS NULL;
    CREATE INDEX links_owner ON links (owner_id);

    CREATE TABLE clicks (
      id text PRIMARY KEY,
      link_id text NOT NULL REFERENCES links (id) ON DELETE CASCADE,
      at timestamptz NOT NULL,
      referrer_host text,
      country text,
      agent text
    );
    CREATE INDEX clicks_link ON clicks (link_id, at);

    CREATE TABLE attempts (
      key text PRIMARY KEY,
      failures integer NOT NULL,
      last_attempt_at timestamptz NOT NULL,
      blocked_until timestamptz NOT NULL
    );`,
  down: `
    DROP TABLE attempts;
    DROP TABLE clicks;
    DROP TABLE links;
    DROP TABLE invites;
    DROP TABLE setup_codes;
    DROP TABLE users;`,
}

const passwordChanges: Migration = {
  version: 2,
  name: 'password changes',
  up: `
    ALTER TABLE users ADD COLUMN password_version integer NOT NULL DEFAULT 0;
    ALTER TABLE users ADD COLUMN password_changed_by_session text;`,
  down: `
    ALTER TABLE users DROP COLUMN password_changed_by_session;
    ALTER TABLE users DROP COLUMN password_version;`,
}

const securityLog: Migration = {
  version: 3,
  name: 'security log',
  up: `
    CREATE TABLE security_events (
      id text PRIMARY KEY,
      user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      at timestamptz NOT NULL,
      kind text NOT NULL,
      outcome text NOT NULL CHECK (outcome IN ('success', 'failure')),
      session_id text,
      ip_address text,
      user_agent text,
      detail text
    );
    CREATE INDEX security_events_user ON security_events (user_id, at, id);
    CREATE INDEX security_events_at ON security_events (at);

    -- Events before this instant may be deleted; a purge moves it first.
    CREATE TABLE security_event_retention (
      singleton integer PRIMARY KEY CHECK (singleton = 1),
      retained_from timestamptz NOT NULL
    );
    INSERT INTO security_event_retention (singleton, retained_from) VALUES (1, to_timestamp(0));

    CREATE FUNCTION reject_security_event_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'security_events is append-only';
    END $$;

    CREATE TRIGGER security_events_not_updated BEFORE UPDATE ON security_events
    FOR EACH ROW EXECUTE FUNCTION reject_security_event_change();

    CREATE TRIGGER security_events_not_truncated BEFORE TRUNCATE ON security_events
    FOR EACH STATEMENT EXECUTE FUNCTION reject_security_event_change();

    CREATE FUNCTION reject_early_security_event_delete() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      -- In a cascade the user has already been deleted.
      IF OLD.at < (SELECT min(retained_from) FROM security_event_retention)
        OR NOT EXISTS (SELECT FROM users WHERE id = OLD.user_id) THEN
        RETURN OLD;
      END IF;
      RAISE EXCEPTION 'security_events is append-only';
    END $$;

    CREATE TRIGGER security_events_not_deleted BEFORE DELETE ON security_events
    FOR EACH ROW EXECUTE FUNCTION reject_early_security_event_delete();`,
  down: `
    DROP TABLE security_events;
    DROP TABLE security_event_retention;
    DROP FUNCTION reject_early_security_event_delete;
    DROP FUNCTION reject_security_event_change;`,
}

/** rate-limiter-flexible writes this table and determines its columns, their order and types. */
const rateLimits: Migration = {
  version: 4,
  name: 'rate limits',
  up: `
    CREATE TABLE rate_limits (
      key text PRIMARY KEY,
      points integer NOT NULL DEFAULT 0,
      expire bigint
    );
    CREATE INDEX rate_limits_expire ON rate_limits (expire);`,
  down: `
    DROP TABLE rate_limits;`,
}

const emailTokens: Migration = {
  version: 6,
  name: 'email tokens and email changes',
  up: `
    ALTER TABLE users ADD COLUMN email_verified_at timestamptz;
    ALTER TABLE users ADD COLUMN credentials_version integer NOT NULL DEFAULT 0;

    CREATE TABLE email_tokens (
      token_hash text PRIMARY KEY,
      purpose text NOT NULL CHECK (purpose IN ('verify-email', 'reset-password')),
      user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      credentials_version integer NOT NULL,
      created_at timestamptz NOT NULL,
      expires_at timestamptz NOT NULL
    );
    CREATE INDEX email_tokens_user ON email_tokens (user_id, purpose, created_at);

    -- One for each user: a newer request replaces the older one.
    CREATE TABLE email_changes (
      user_id text PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
      new_email text NOT NULL,
      new_email_key text NOT NULL,
      confirm_hash text NOT NULL UNIQUE,
      cancel_hash text NOT NULL UNIQUE,
      credentials_version integer NOT NULL,
      created_at timestamptz NOT NULL,
      expires_at timestamptz NOT NULL
    );`,
  down: `
    DROP TABLE email_changes;
    DROP TABLE email_tokens;
    ALTER TABLE users DROP COLUMN credentials_version;
    ALTER TABLE users DROP COLUMN email_verified_at;`,
}

const drafts: Migration = {
  version: 7,
  name: 'drafts',
  up: `
    CREATE TABLE drafts (
      id text PRIMARY KEY,
      user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      path text NOT NULL,
      fields text NOT NULL,
      created_at timestamptz NOT NULL
    );
    CREATE INDEX drafts_user ON drafts (user_id, created_at);
    CREATE INDEX drafts_created ON drafts (created_at);`,
  down: 'DROP TABLE drafts;',
}

const firstSignIns: Migration = {
  version: 8,
  name: 'first sign-ins',
  // Every existing account has signed in before.
  up: `
    ALTER TABLE users ADD COLUMN first_signed_in_at timestamptz;
    UPDATE users SET first_signed_in_at = created_at;`,
  down: 'ALTER TABLE users DROP COLUMN first_signed_in_at;',
}

const sentNotifications: Migration = {
  version: 9,
  name: 'sent notifications',
  up: `
    -- Notifications that were sent, so that they are not repeated too soon.
    CREATE TABLE sent_notifications (
      user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      subject text NOT NULL,
      sent_at timestamptz NOT NULL,
      sent_by text NOT NULL,
      PRIMARY KEY (user_id, subject)
    );
    CREATE INDEX sent_notifications_sent_at ON sent_notifications (sent_at);`,
  down: 'DROP TABLE sent_notifications;',
}

/** The app's tables in PostgreSQL, in order. A released migration never changes. */
export const postgresMigrations: readonly Migration[] = [
  initial,
  passwordChanges,
  securityLog,
  rateLimits,
  postgresShortCodes,
  emailTokens,
  drafts,
  firstSignIns,
  sentNotifications,
  ...sharedMigrations,
  postgresClickCounts,
  postgresLinkSearch,
  listIndexes,
  postgresAccountDeletion,
  purgeIndexes,
  draftSessions,
  passwordResets,
  postgresSecondFactors,
  postgresCredentials,
  postgresOperatorActions,
  postgresSecurityChain,
  postgresLinkOptions,
  postgresAdministrators,
  postgresClickSources,
  postgresLinkLists,
  preferences,
  postgresLinkEdits,
  postgresShortDomains,
  postgresLinkImports,
]
