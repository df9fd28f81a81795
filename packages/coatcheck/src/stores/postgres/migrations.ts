import type { SessionMigration } from '../migration-plan.ts'

/** The NOTIFY channel of session changes. The payload is the session id, or empty for all sessions. */
export const changeChannel = 'coatcheck_sessions'

/** Name of the trigger that notifies of updates, and of its function. */
const changeTrigger = 'coatcheck_session_changed'

/** The triggers that notify of changes. */
export const changeTriggers = [
  changeTrigger,
  'coatcheck_session_deleted',
  'coatcheck_sessions_truncated',
]

/**
 * The schema, oldest step first. A released step never changes.
 *
 * No index contains `last_activity_at`, and half of each page stays free, so that activity of all
 * sessions of a page updates no index and fits on the page (heap-only updates). Ids are compared byte
 * by byte, whatever the collation of the database.
 */
export const postgresSessionMigrations: readonly SessionMigration[] = [
  {
    version: 1,
    name: 'sessions',
    up: (userReference) => `
      CREATE TABLE sessions (
        id text COLLATE "C" NOT NULL PRIMARY KEY,
        secret_hash bytea NOT NULL,
        previous_secret_hash bytea,
        previous_secret_expires_at timestamptz,
        rotated_at timestamptz,
        user_id text NOT NULL ${userReference},
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        last_activity_at timestamptz NOT NULL,
        idle_timeout interval NOT NULL,
        authenticated_at timestamptz NOT NULL,
        remembered boolean NOT NULL,
        ip_address text,
        user_agent text,
        csrf_secret bytea NOT NULL,
        data text NOT NULL,
        data_version bigint NOT NULL,
        ended_at timestamptz,
        end_reason text,
        ended_by text
      ) WITH (fillfactor = 50);
      -- For listing, capping and ending the sessions of a user, and for deleting a user.
      CREATE INDEX sessions_by_user ON sessions (user_id);
      -- For the sweep, which reads unended sessions in id order.
      CREATE INDEX sessions_not_ended ON sessions (id) WHERE ended_at IS NULL;
      -- For the purge.
      CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;

      -- Per user, the latest instant at which all of the user's sessions were ended.
      CREATE TABLE session_user_endings (
        user_id text NOT NULL PRIMARY KEY ${userReference},
        ended_at timestamptz NOT NULL
      );`,
    down: `
      DROP TABLE session_user_endings;
      DROP TABLE sessions;`,
  },
  {
    version: 2,
    name: 'change-notifications',
    // Triggers notify of every change: by the store, by deleting a user in the app, and by direct SQL.
    up: () => `
      CREATE FUNCTION ${changeTrigger}() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
          IF TG_OP = 'TRUNCATE' THEN
            PERFORM pg_notify('${changeChannel}', '');
          ELSE
            PERFORM pg_notify('${changeChannel}', OLD.id);
          END IF;
          RETURN NULL;
        END
      $body$;
      -- Every column except last_activity_at: activity only extends a session, and is too frequent.
      CREATE TRIGGER ${changeTrigger} AFTER UPDATE OF
        id, secret_hash, previous_secret_hash, previous_secret_expires_at, rotated_at, user_id,
        created_at, expires_at, idle_timeout, authenticated_at, remembered, ip_address, user_agent,
        csrf_secret, data, data_version, ended_at, end_reason, ended_by
        ON sessions FOR EACH ROW EXECUTE FUNCTION ${changeTrigger}();
      CREATE TRIGGER coatcheck_session_deleted AFTER DELETE ON sessions
        FOR EACH ROW WHEN (OLD.ended_at IS NULL) EXECUTE FUNCTION ${changeTrigger}();
      CREATE TRIGGER coatcheck_sessions_truncated AFTER TRUNCATE ON sessions
        FOR EACH STATEMENT EXECUTE FUNCTION ${changeTrigger}();`,
    down: `
      DROP TRIGGER IF EXISTS coatcheck_sessions_truncated ON sessions;
      DROP TRIGGER IF EXISTS coatcheck_session_deleted ON sessions;
      DROP TRIGGER IF EXISTS ${changeTrigger} ON sessions;
      DROP FUNCTION ${changeTrigger}();`,
  },
  {
    version: 3,
    name: 'sweep-claims',
    up: () => `
      -- One row: when any process started the latest sweep.
      CREATE TABLE session_sweeps (
        singleton boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (singleton),
        started_at timestamptz NOT NULL
      );`,
    down: 'DROP TABLE session_sweeps;',
  },
  {
    version: 4,
    name: 'replaced-sessions',
    up: () => `
      -- The session that the client presented when it signed in.
      ALTER TABLE sessions ADD COLUMN replaces text COLLATE "C";
      CREATE INDEX sessions_replacing ON sessions (replaces) WHERE replaces IS NOT NULL;`,
    down: `
      DROP INDEX sessions_replacing;
      ALTER TABLE sessions DROP COLUMN replaces;`,
  },
]
