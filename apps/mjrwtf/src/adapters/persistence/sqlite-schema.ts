import { sqliteFirstSignIns } from './first-sign-ins-schema.ts'
import { growingTables } from './growing-tables-schema.ts'
import type { Migration } from './migration.ts'
import { sqliteShortCodes } from './short-codes-schema.ts'

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
    -- One operator: of two first accounts at once, this decides.
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
    CREATE INDEX links_own ON links (owner_id, created_at, id) WHERE removed_at IS NULL;
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
  name: 'changes of password',
  up: `
    ALTER TABLE users ADD COLUMN password_version INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE users ADD COLUMN password_changed_in TEXT;`,
  down: `
    ALTER TABLE users DROP COLUMN password_changed_in;
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
    CREATE INDEX security_events_own ON security_events (user_id, at, id);
    CREATE INDEX security_events_at ON security_events (at);

    -- What happened before may be removed; a purge has to say so here first.
    CREATE TABLE security_event_retention (
      only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
      kept_from INTEGER NOT NULL
    ) STRICT;
    INSERT INTO security_event_retention (only_row, kept_from) VALUES (1, 0);

    CREATE TRIGGER security_events_unchanged BEFORE UPDATE ON security_events
    BEGIN SELECT RAISE(ABORT, 'security_events is append-only'); END;

    -- A cascade comes when the user is gone already.
    CREATE TRIGGER security_events_kept BEFORE DELETE ON security_events
    WHEN EXISTS (SELECT 1 FROM users WHERE id = OLD.user_id)
      AND OLD.at >= coalesce((SELECT min(kept_from) FROM security_event_retention), 0)
    BEGIN SELECT RAISE(ABORT, 'security_events is append-only'); END;

    -- INSERT OR REPLACE removes without asking the trigger above.
    CREATE TRIGGER security_events_not_replaced BEFORE INSERT ON security_events
    WHEN EXISTS (SELECT 1 FROM security_events WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'security_events is append-only'); END;`,
  down: `
    DROP TABLE security_events;
    DROP TABLE security_event_retention;`,
}

/** Columns, their order and their types are those of rate-limiter-flexible, which writes them. */
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

const mailedTokens: Migration = {
  version: 6,
  name: 'mailed tokens and changes of address',
  up: `
    ALTER TABLE users ADD COLUMN email_verified_at INTEGER;
    ALTER TABLE users ADD COLUMN credentials_version INTEGER NOT NULL DEFAULT 0;

    CREATE TABLE mailed_tokens (
      token_hash TEXT PRIMARY KEY,
      purpose TEXT NOT NULL CHECK (purpose IN ('verify-address', 'reset-password')),
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      credentials_version INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX mailed_tokens_own ON mailed_tokens (user_id, purpose, created_at);

    -- One for each user: a newer one takes the place of the older.
    CREATE TABLE address_changes (
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
    DROP TABLE address_changes;
    DROP TABLE mailed_tokens;
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
    CREATE INDEX drafts_own ON drafts (user_id, created_at);
    CREATE INDEX drafts_created ON drafts (created_at);`,
  down: 'DROP TABLE drafts;',
}

const notices: Migration = {
  version: 9,
  name: 'notices',
  up: `
    -- What was told to whom, so that it is not told again too soon.
    CREATE TABLE notices (
      user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
      about TEXT NOT NULL,
      told_at INTEGER NOT NULL,
      told_by TEXT NOT NULL,
      PRIMARY KEY (user_id, about)
    ) STRICT;
    CREATE INDEX notices_told ON notices (told_at);`,
  down: 'DROP TABLE notices;',
}

/** The app's tables in SQLite, step by step. A step that was released never changes. */
export const sqliteMigrations: readonly Migration[] = [
  initial,
  passwordChanges,
  securityLog,
  rateLimits,
  sqliteShortCodes,
  mailedTokens,
  drafts,
  sqliteFirstSignIns,
  notices,
  growingTables,
]
