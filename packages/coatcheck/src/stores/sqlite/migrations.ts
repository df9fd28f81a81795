import type { SessionMigration } from '../migration-plan.ts'

/** The triggers that record changes. */
export const changeTriggers = ['session_changed', 'session_deleted', 'session_replaced']

/** Maximum number of rows in `session_changes`. */
const maxChangeRows = 1_000

/** Numbers only increase, because the newest row is never deleted. */
function recordChange(id: string): string {
  return `
  INSERT INTO session_changes (session_id) VALUES (${id});
  DELETE FROM session_changes
  WHERE number <= (SELECT max(number) FROM session_changes) - ${maxChangeRows};`
}

/**
 * The schema, oldest step first. A released step never changes. No index contains `last_activity_at`,
 * so that activity costs one write.
 */
export const sqliteSessionMigrations: readonly SessionMigration[] = [
  {
    version: 1,
    name: 'sessions',
    up: (userReference) => `
      CREATE TABLE sessions (
        id TEXT NOT NULL PRIMARY KEY,
        secret_hash BLOB NOT NULL,
        previous_secret_hash BLOB,
        previous_secret_expires_at INTEGER,
        rotated_at INTEGER,
        user_id TEXT NOT NULL ${userReference},
        created_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        last_activity_at INTEGER NOT NULL,
        idle_timeout_ms INTEGER NOT NULL,
        authenticated_at INTEGER NOT NULL,
        remembered INTEGER NOT NULL,
        ip_address TEXT,
        user_agent TEXT,
        csrf_secret BLOB NOT NULL,
        data TEXT NOT NULL,
        data_version INTEGER NOT NULL,
        ended_at INTEGER,
        end_reason TEXT,
        ended_by TEXT
      ) STRICT;
      -- For listing, capping and ending the sessions of a user, and for deleting a user.
      CREATE INDEX sessions_by_user ON sessions (user_id);
      -- For the sweep, which reads unended sessions in id order.
      CREATE INDEX sessions_not_ended ON sessions (id) WHERE ended_at IS NULL;
      -- For the purge.
      CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;

      -- Per user, the latest instant at which all of the user's sessions were ended.
      CREATE TABLE session_user_endings (
        user_id TEXT NOT NULL PRIMARY KEY ${userReference},
        ended_at INTEGER NOT NULL
      ) STRICT;`,
    down: `
      DROP TABLE session_user_endings;
      DROP TABLE sessions;`,
  },
  {
    version: 2,
    name: 'change-notifications',
    // Triggers record every change: by the store, by deleting a user in the app, and by direct SQL.
    up: () => `
      -- The latest changed sessions, for processes that cache sessions. A process that missed more
      -- changes than there are rows finds a gap, and resets its cache.
      CREATE TABLE session_changes (
        number INTEGER PRIMARY KEY,
        session_id TEXT NOT NULL
      ) STRICT;
      -- Every column except last_activity_at: activity only extends a session, and is too frequent.
      CREATE TRIGGER session_changed AFTER UPDATE OF
        id, secret_hash, previous_secret_hash, previous_secret_expires_at, rotated_at, user_id,
        created_at, expires_at, idle_timeout_ms, authenticated_at, remembered, ip_address, user_agent,
        csrf_secret, data, data_version, ended_at, end_reason, ended_by
        ON sessions BEGIN ${recordChange('OLD.id')} END;
      CREATE TRIGGER session_deleted AFTER DELETE ON sessions
        WHEN OLD.ended_at IS NULL BEGIN ${recordChange('OLD.id')} END;
      -- INSERT OR REPLACE fires no other trigger.
      CREATE TRIGGER session_replaced BEFORE INSERT ON sessions
        WHEN EXISTS (SELECT 1 FROM sessions WHERE id = NEW.id) BEGIN ${recordChange('NEW.id')} END;`,
    down: `
      DROP TRIGGER IF EXISTS session_replaced;
      DROP TRIGGER IF EXISTS session_deleted;
      DROP TRIGGER IF EXISTS session_changed;
      DROP TABLE session_changes;`,
  },
  {
    version: 3,
    name: 'replaced-sessions',
    up: () => `
      -- The session that the client presented when it signed in.
      ALTER TABLE sessions ADD COLUMN replaces TEXT;
      CREATE INDEX sessions_replacing ON sessions (replaces) WHERE replaces IS NOT NULL;`,
    down: `
      DROP INDEX sessions_replacing;
      ALTER TABLE sessions DROP COLUMN replaces;`,
  },
]
