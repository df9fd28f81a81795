import type { SessionMigration, SessionMigrationOptions } from '../tables/migration-plan.ts'
import { createTableNames, type TableNames } from '../tables/table-names.ts'
import { toReference } from '../tables/user-reference.ts'
import {
  createChangedTrigger,
  createChangeTriggers,
  createGrantTriggers,
  dropChangeTriggers,
  oldChangeColumns,
} from './change-triggers.ts'

/** What the SQL of a step depends on. */
interface Target {
  readonly names: TableNames
  /** The type of user ids. */
  readonly userKey: string
  /** The clause that references the app's table of users, or empty. */
  readonly reference: string
}

interface Step {
  readonly version: number
  readonly name: string
  up(target: Target): string
  down(target: Target): string
}

/** Notified of changes on one channel, whatever the table. */
const oldTriggers: Step = {
  version: 2,
  name: 'change-notifications',
  up({ names }) {
    const notify = names.qualified('coatcheck_session_changed')
    return `
      CREATE FUNCTION ${notify}() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
          IF TG_OP = 'TRUNCATE' THEN
            PERFORM pg_notify('coatcheck_sessions', '');
          ELSE
            PERFORM pg_notify('coatcheck_sessions', OLD.id);
          END IF;
          RETURN NULL;
        END
      $body$;
      -- Every column except last_activity_at: activity only extends a session, and is too frequent.
      CREATE TRIGGER ${names.local('coatcheck_session_changed')} AFTER UPDATE OF
        id, secret_hash, previous_secret_hash, previous_secret_expires_at, rotated_at, user_id,
        created_at, expires_at, idle_timeout, authenticated_at, remembered, ip_address, user_agent,
        csrf_secret, data, data_version, ended_at, end_reason, ended_by
        ON ${names.sessions} FOR EACH ROW EXECUTE FUNCTION ${notify}();
      CREATE TRIGGER ${names.local('coatcheck_session_deleted')} AFTER DELETE ON ${names.sessions}
        FOR EACH ROW WHEN (OLD.ended_at IS NULL) EXECUTE FUNCTION ${notify}();
      CREATE TRIGGER ${names.local('coatcheck_sessions_truncated')} AFTER TRUNCATE ON ${names.sessions}
        FOR EACH STATEMENT EXECUTE FUNCTION ${notify}();`
  },
  down: ({ names }) => `
      DROP TRIGGER IF EXISTS ${names.local('coatcheck_sessions_truncated')} ON ${names.sessions};
      DROP TRIGGER IF EXISTS ${names.local('coatcheck_session_deleted')} ON ${names.sessions};
      DROP TRIGGER IF EXISTS ${names.local('coatcheck_session_changed')} ON ${names.sessions};
      DROP FUNCTION ${names.qualified('coatcheck_session_changed')}();`,
}

/**
 * The schema, oldest step first. A released step never changes.
 *
 * No index contains `last_activity_at`, and half of each page stays free, so that activity of all
 * sessions of a page updates no index and fits on the page (heap-only updates). Ids are compared byte
 * by byte, whatever the collation of the database.
 */
const steps: readonly Step[] = [
  {
    version: 1,
    name: 'sessions',
    up: ({ names, userKey, reference }) => `
      CREATE TABLE ${names.sessions} (
        id text COLLATE "C" NOT NULL PRIMARY KEY,
        secret_hash bytea NOT NULL,
        previous_secret_hash bytea,
        previous_secret_expires_at timestamptz,
        rotated_at timestamptz,
        user_id ${userKey} NOT NULL ${reference},
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
      CREATE INDEX ${names.local('sessions_by_user')} ON ${names.sessions} (user_id);
      -- For the sweep, which reads unended sessions in id order.
      CREATE INDEX ${names.local('sessions_not_ended')} ON ${names.sessions} (id) WHERE ended_at IS NULL;
      -- For the purge.
      CREATE INDEX ${names.local('sessions_ended')} ON ${names.sessions} (ended_at)
        WHERE ended_at IS NOT NULL;

      -- Per user, the latest instant at which all of the user's sessions were ended.
      CREATE TABLE ${names.userEndings} (
        user_id ${userKey} NOT NULL PRIMARY KEY ${reference},
        ended_at timestamptz NOT NULL
      );`,
    down: ({ names }) => `
      DROP TABLE ${names.userEndings};
      DROP TABLE ${names.sessions};`,
  },
  oldTriggers,
  {
    version: 3,
    name: 'sweep-claims',
    up: ({ names }) => `
      -- One row: when any process started the latest sweep.
      CREATE TABLE ${names.sweeps} (
        singleton boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (singleton),
        started_at timestamptz NOT NULL
      );`,
    down: ({ names }) => `DROP TABLE ${names.sweeps};`,
  },
  {
    version: 4,
    name: 'replaced-sessions',
    up: ({ names }) => `
      -- The session that the client presented when it signed in.
      ALTER TABLE ${names.sessions} ADD COLUMN replaces text COLLATE "C";
      CREATE INDEX ${names.local('sessions_replacing')} ON ${names.sessions} (replaces)
        WHERE replaces IS NOT NULL;`,
    down: ({ names }) => `
      DROP INDEX ${names.qualified('sessions_replacing')};
      ALTER TABLE ${names.sessions} DROP COLUMN replaces;`,
  },
  {
    version: 5,
    name: 'change-channel-per-table',
    // The triggers have new names, so that a process of an older version, which listens on the old
    // channel, misses the old ones and does not trust its cache.
    up: (target) =>
      `${oldTriggers.down(target)} ${createChangeTriggers(target.names, oldChangeColumns)}`,
    down: (target) => `${dropChangeTriggers(target.names)} ${oldTriggers.up(target)}`,
  },
  {
    version: 6,
    name: 'authentication-methods',
    up: ({ names }) => `
      -- How the user has authenticated, such as 'pwd:1768469400123 otp:1768469400123'. Unknown for existing
      -- sessions, and for those that an older version creates.
      ALTER TABLE ${names.sessions} ADD COLUMN methods text NOT NULL DEFAULT '';
      DROP TRIGGER IF EXISTS ${names.local('coatcheck_changed')} ON ${names.sessions};
      ${createChangedTrigger(names)}`,
    down: ({ names }) => `
      DROP TRIGGER IF EXISTS ${names.local('coatcheck_changed')} ON ${names.sessions};
      ${createChangedTrigger(names, oldChangeColumns)}
      ALTER TABLE ${names.sessions} DROP COLUMN methods;`,
  },
  {
    version: 7,
    name: 'pending-sign-ins',
    up: ({ names, userKey, reference }) => `
      -- Sign-ins of which one step has passed and another has not. None is a session.
      CREATE TABLE ${names.pendingSignIns} (
        id text COLLATE "C" NOT NULL PRIMARY KEY,
        secret_hash bytea NOT NULL,
        user_id ${userKey} NOT NULL ${reference},
        methods text NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        credentials_checked_at timestamptz NOT NULL,
        attempts integer NOT NULL,
        remember boolean NOT NULL,
        state text
      );
      CREATE INDEX ${names.local('session_pending_by_user')} ON ${names.pendingSignIns} (user_id);
      -- For the purge.
      CREATE INDEX ${names.local('session_pending_by_expiry')} ON ${names.pendingSignIns} (expires_at);
      -- Per user, the latest instant at which all pending sign-ins were ended, but not the sessions.
      ALTER TABLE ${names.userEndings} ADD COLUMN pending_ended_at timestamptz;`,
    down: ({ names }) => `
      ALTER TABLE ${names.userEndings} DROP COLUMN pending_ended_at;
      DROP TABLE ${names.pendingSignIns};`,
  },
  {
    version: 8,
    name: 'grants',
    up: ({ names, userKey, reference }) => `
      -- What users allow client applications to do. None is a session. Scopes are separated by spaces. A refresh
      -- changes no index, and has space on the page.
      CREATE TABLE ${names.grants} (
        id text COLLATE "C" NOT NULL PRIMARY KEY,
        user_id ${userKey} NOT NULL ${reference},
        client_id text NOT NULL,
        scopes text NOT NULL,
        authenticated_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        last_refreshed_at timestamptz NOT NULL,
        idle_timeout interval NOT NULL,
        family_hash bytea NOT NULL,
        refresh_hash bytea NOT NULL,
        access_hash bytea NOT NULL,
        access_scopes text NOT NULL,
        access_expires_at timestamptz NOT NULL,
        previous_access_hash bytea,
        previous_access_scopes text,
        previous_access_expires_at timestamptz,
        previous_refresh_hash bytea,
        rotation_salt bytea,
        rotated_at timestamptz,
        grace_expires_at timestamptz,
        ended_at timestamptz,
        end_reason text,
        ended_by text
      ) WITH (fillfactor = 70);
      CREATE INDEX ${names.local('session_grants_by_user')} ON ${names.grants} (user_id);
      -- For ending the grants of a client that was removed.
      CREATE INDEX ${names.local('session_grants_by_client')} ON ${names.grants} (client_id, id)
        WHERE ended_at IS NULL;
      -- For the sweep, which reads unended grants in id order.
      CREATE INDEX ${names.local('session_grants_not_ended')} ON ${names.grants} (id)
        WHERE ended_at IS NULL;
      -- For the purge.
      CREATE INDEX ${names.local('session_grants_ended')} ON ${names.grants} (ended_at)
        WHERE ended_at IS NOT NULL;
      -- Per user, the latest instant at which all grants were ended, but not the sessions.
      ALTER TABLE ${names.userEndings} ADD COLUMN grants_ended_at timestamptz;
      ${createGrantTriggers(names)}`,
    down: ({ names }) => `
      ALTER TABLE ${names.userEndings} DROP COLUMN grants_ended_at;
      DROP TABLE ${names.grants};
      DROP FUNCTION ${names.qualified('coatcheck_notify_grant')}();`,
  },
]

/**
 * The steps, oldest first, as SQL for a migration tool of your own. Run `up` of each with the same
 * options, in order, each in one transaction, and record in that tool which have run.
 * `migratePostgresSessions` runs the same SQL.
 */
export const postgresSessionMigrations: readonly SessionMigration[] = steps.map((step) => ({
  version: step.version,
  name: step.name,
  up: (options) => step.up(toTarget(options)),
  down: (options) => step.down(toTarget(options)),
}))

function toTarget({ userReference, ...options }: SessionMigrationOptions = {}): Target {
  return {
    names: createTableNames(options),
    userKey: userReference?.type ?? 'text',
    reference: toReference(userReference),
  }
}
