import { sqliteAccountDeletion } from './account-deletion.ts'
import { sqliteAdministrators } from './administrators.ts'
import { sqliteClickCounts } from './click-counts.ts'
import { sqliteClickSources } from './click-sources.ts'
import { sqliteCredentials } from './credentials.ts'
import { draftSessions } from './draft-sessions.ts'
import { sqliteLinkEdits } from './link-edits.ts'
import { sqliteLinkImports } from './link-imports.ts'
import { sqliteLinkLists } from './link-lists.ts'
import { sqliteLinkOptions } from './link-options.ts'
import { sqliteLinkSearch } from './link-search-migrations.ts'
import { listIndexes } from './list-indexes.ts'
import type { Migration } from './migration.ts'
import { sqliteOperatorActions } from './operator-actions.ts'
import { passwordResets } from './password-resets.ts'
import { preferences } from './preferences.ts'
import { purgeIndexes } from './purge-indexes.ts'
import { sqliteSecondFactors } from './second-factors.ts'
import { sqliteSecurityChain } from './security-chain.ts'
import { sharedMigrations, sqliteShortCodes } from './shared-migrations.ts'
import { sqliteShortDomains } from './short-domains.ts'

const initial: Migration = {
  version: 1,
  name: 'users, links and clicks',
  up: `
    CREATE TABLE users (
      id TEXT PRIMARY KEY,
      email TEXT NOT NULL,
      email_key TEXT NOT NULL UNIQUE,
      password_hash TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      is_operator INTEGER NOT NULL CHECK (is_operator IN (0, 1)),
      invite_id TEXT UNIQUE
    ) STRICT;
    -- One operator: decides between two concurrent first accounts.
    CREATE UNIQUE INDEX users_operator ON users (is_operator) WHERE is_operator = 1;

    CREATE TABLE setup_codes (
      code_hash TEXT PRIMARY KEY,
      expires_at INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE invites (
      id TEXT PRIMARY KEY,
      code_hash TEXT NOT NULL UNIQUE,
      created_by TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX invites_creator ON invites (created_by);

    CREATE TABLE links (
      id TEXT PRIMARY KEY,
      short_code TEXT NOT NULL UNIQUE,
      destination TEXT NOT NULL,
      owner_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      created_at INTEGER NOT NULL,
      expires_at INTEGER,
      removed_at INTEGER
    ) STRICT;
    CREATE INDEX links_active ON links (owner_id, created_at, id) WHERE removed_at IS NULL;
    CREATE INDEX links_owner ON links (owner_id);

    CREATE TABLE clicks (
      id TEXT PRIMARY KEY,
      link_id TEXT NOT NULL REFERENCES links (id) ON DELETE CASCADE,
      at INTEGER NOT NULL,
      referrer_host TEXT,
      country TEXT,
      agent TEXT
    ) STRICT;
    CREATE INDEX clicks_link ON clicks (link_id, at);

    CREATE TABLE attempts (
      key TEXT PRIMARY KEY,
      failures INTEGER NOT NULL,
      last_attempt_at INTEGER NOT NULL,
      blocked_until INTEGER NOT NULL
    ) STRICT;`,
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
    ALTER TABLE users ADD COLUMN password_version INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE users ADD COLUMN password_changed_by_session TEXT;`,
  down: `
    ALTER TABLE users DROP COLUMN password_changed_by_session;
    ALTER TABLE users DROP COLUMN password_version;`,
}

const securityLog: Migration = {
  version: 3,
  name: 'security log',
  up: `
    CREATE TABLE security_events (
      id TEXT PRIMARY KEY,
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      at INTEGER NOT NULL,
      kind TEXT NOT NULL,
      outcome TEXT NOT NULL CHECK (outcome IN ('success', 'failure')),
      session_id TEXT,
      ip_address TEXT,
      user_agent TEXT,
      detail TEXT
    ) STRICT;
    CREATE INDEX security_events_user ON security_events (user_id, at, id);
    CREATE INDEX security_events_at ON security_events (at);

    -- Events before this instant may be deleted; a purge moves it first.
    CREATE TABLE security_event_retention (
      singleton INTEGER PRIMARY KEY CHECK (singleton = 1),
      retained_from INTEGER NOT NULL
    ) STRICT;
    INSERT INTO security_event_retention (singleton, retained_from) VALUES (1, 0);

    CREATE TRIGGER security_events_not_updated BEFORE UPDATE ON security_events
    BEGIN SELECT RAISE(ABORT, 'security_events is append-only'); END;

    -- In a cascade the user has already been deleted.
    CREATE TRIGGER security_events_not_deleted BEFORE DELETE ON security_events
    WHEN EXISTS (SELECT 1 FROM users WHERE id = OLD.user_id)
      AND OLD.at >= coalesce((SELECT min(retained_from) FROM security_event_retention), 0)
    BEGIN SELECT RAISE(ABORT, 'security_events is append-only'); END;

    -- INSERT OR REPLACE deletes rows without firing the trigger above.
    CREATE TRIGGER security_events_not_replaced BEFORE INSERT ON security_events
    WHEN EXISTS (SELECT 1 FROM security_events WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'security_events is append-only'); END;`,
  down: `
    DROP TABLE security_events;
    DROP TABLE security_event_retention;`,
}

/** rate-limiter-flexible writes this table and determines its columns, their order and types. */
const rateLimits: Migration = {
  version: 4,
  name: 'rate limits',
  up: `
    CREATE TABLE rate_limits (
      key TEXT PRIMARY KEY,
      points INTEGER NOT NULL DEFAULT 0,
      expire INTEGER
    ) STRICT;
    CREATE INDEX rate_limits_expire ON rate_limits (expire);`,
  down: `
    DROP TABLE rate_limits;`,
}

const emailTokens: Migration = {
  version: 6,
  name: 'email tokens and email changes',
  up: `
    ALTER TABLE users ADD COLUMN email_verified_at INTEGER;
    ALTER TABLE users ADD COLUMN credentials_version INTEGER NOT NULL DEFAULT 0;

    CREATE TABLE email_tokens (
      token_hash TEXT PRIMARY KEY,
      purpose TEXT NOT NULL CHECK (purpose IN ('verify-email', 'reset-password')),
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      credentials_version INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX email_tokens_user ON email_tokens (user_id, purpose, created_at);

    -- One for each user: a newer request replaces the older one.
    CREATE TABLE email_changes (
      user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
      new_email TEXT NOT NULL,
      new_email_key TEXT NOT NULL,
      confirm_hash TEXT NOT NULL UNIQUE,
      cancel_hash TEXT NOT NULL UNIQUE,
      credentials_version INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL
    ) STRICT;`,
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
      id TEXT PRIMARY KEY,
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      path TEXT NOT NULL,
      fields TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX drafts_user ON drafts (user_id, created_at);
    CREATE INDEX drafts_created ON drafts (created_at);`,
  down: 'DROP TABLE drafts;',
}

const firstSignIns: Migration = {
  version: 8,
  name: 'first sign-ins',
  // Every existing account has signed in before.
  up: `
    ALTER TABLE users ADD COLUMN first_signed_in_at INTEGER;
    UPDATE users SET first_signed_in_at = created_at;`,
  down: 'ALTER TABLE users DROP COLUMN first_signed_in_at;',
}

const sentNotifications: Migration = {
  version: 9,
  name: 'sent notifications',
  up: `
    -- Notifications that were sent, so that they are not repeated too soon.
    CREATE TABLE sent_notifications (
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      subject TEXT NOT NULL,
      sent_at INTEGER NOT NULL,
      sent_by TEXT NOT NULL,
      PRIMARY KEY (user_id, subject)
    ) STRICT;
    CREATE INDEX sent_notifications_sent_at ON sent_notifications (sent_at);`,
  down: 'DROP TABLE sent_notifications;',
}

/** The app's tables in SQLite, in order. A released migration never changes. */
export const sqliteMigrations: readonly Migration[] = [
  initial,
  passwordChanges,
  securityLog,
  rateLimits,
  sqliteShortCodes,
  emailTokens,
  drafts,
  firstSignIns,
  sentNotifications,
  ...sharedMigrations,
  sqliteClickCounts,
  sqliteLinkSearch,
  listIndexes,
  sqliteAccountDeletion,
  purgeIndexes,
  draftSessions,
  passwordResets,
  sqliteSecondFactors,
  sqliteCredentials,
  sqliteOperatorActions,
  sqliteSecurityChain,
  sqliteLinkOptions,
  sqliteAdministrators,
  sqliteClickSources,
  sqliteLinkLists,
  preferences,
  sqliteLinkEdits,
  sqliteShortDomains,
  sqliteLinkImports,
]
