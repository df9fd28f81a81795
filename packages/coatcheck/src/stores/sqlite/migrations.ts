import type { SessionMigration, SessionMigrationOptions } from '../tables/migration-plan.ts'
import type { TableNames } from '../tables/table-names.ts'
import { toReference } from '../tables/user-reference.ts'
import {
  changeTriggers,
  createChangedTrigger,
  createChangeTriggers,
  createGrantTriggers,
  createOldChangedTrigger,
} from './change-triggers.ts'
import { createSqliteTableNames } from './sqlite-table-names.ts'

/** What the SQL of a step depends on. */
interface Target {
  readonly names: TableNames
  /** The type of user ids. */
  readonly userKey: 'TEXT' | 'INTEGER'
  /** The clause that references the app's table of users, or empty. */
  readonly reference: string
}

interface Step {
  readonly version: number
  readonly name: string
  up(target: Target): string
  down(target: Target): string
}

/**
 * The schema, oldest step first. A released step never changes. No index contains `last_activity_at`,
 * so that activity costs one write.
 */
const steps: readonly Step[] = [
  {
    version: 1,
    name: 'sessions',
    up: ({ names, userKey, reference }) => `
      CREATE TABLE ${names.sessions} (
        id TEXT NOT NULL PRIMARY KEY,
        secret_hash BLOB NOT NULL,
        previous_secret_hash BLOB,
        previous_secret_expires_at INTEGER,
        rotated_at INTEGER,
        user_id ${userKey} NOT NULL ${reference},
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
      CREATE INDEX ${names.local('sessions_by_user')} ON ${names.sessions} (user_id);
      -- For the sweep, which reads unended sessions in id order.
      CREATE INDEX ${names.local('sessions_not_ended')} ON ${names.sessions} (id) WHERE ended_at IS NULL;
      -- For the purge.
      CREATE INDEX ${names.local('sessions_ended')} ON ${names.sessions} (ended_at)
        WHERE ended_at IS NOT NULL;

      -- Per user, the latest instant at which all of the user's sessions were ended.
      CREATE TABLE ${names.userEndings} (
        user_id ${userKey} NOT NULL PRIMARY KEY ${reference},
        ended_at INTEGER NOT NULL
      ) STRICT;`,
    down: ({ names }) => `
      DROP TABLE ${names.userEndings};
      DROP TABLE ${names.sessions};`,
  },
  {
    version: 2,
    name: 'change-notifications',
    up: ({ names }) => `
      -- The latest changed sessions, for processes that cache sessions. A process that missed more
      -- changes than there are rows finds a gap, and resets its cache.
      CREATE TABLE ${names.changes} (
        number INTEGER PRIMARY KEY,
        session_id TEXT NOT NULL
      ) STRICT;
      ${createChangeTriggers(names)}`,
    down: ({ names }) => `
      ${changeTriggers.map((name) => `DROP TRIGGER IF EXISTS ${names.local(name)};`).join(' ')}
      DROP TABLE ${names.changes};`,
  },
  {
    version: 3,
    name: 'replaced-sessions',
    up: ({ names }) => `
      -- The session that the client presented when it signed in.
      ALTER TABLE ${names.sessions} ADD COLUMN replaces TEXT;
      CREATE INDEX ${names.local('sessions_replacing')} ON ${names.sessions} (replaces)
        WHERE replaces IS NOT NULL;`,
    down: ({ names }) => `
      DROP INDEX ${names.local('sessions_replacing')};
      ALTER TABLE ${names.sessions} DROP COLUMN replaces;`,
  },
  {
    version: 4,
    name: 'authentication-methods',
    up: ({ names }) => `
      -- How the user has authenticated, such as 'pwd:1768469400123 otp:1768469400123'. Unknown for existing
      -- sessions, and for those that an older version creates.
      ALTER TABLE ${names.sessions} ADD COLUMN methods TEXT NOT NULL DEFAULT '';
      DROP TRIGGER IF EXISTS ${names.local('session_changed')};
      ${createChangedTrigger(names)}`,
    down: ({ names }) => `
      DROP TRIGGER IF EXISTS ${names.local('session_changed')};
      ${createOldChangedTrigger(names)}
      ALTER TABLE ${names.sessions} DROP COLUMN methods;`,
  },
  {
    version: 5,
    name: 'pending-sign-ins',
    up: ({ names, userKey, reference }) => `
      -- Sign-ins of which one step has passed and another has not. None is a session.
      CREATE TABLE ${names.pendingSignIns} (
        id TEXT NOT NULL PRIMARY KEY,
        secret_hash BLOB NOT NULL,
        user_id ${userKey} NOT NULL ${reference},
        methods TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        credentials_checked_at INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        remember INTEGER NOT NULL,
        state TEXT
      ) STRICT;
      CREATE INDEX ${names.local('session_pending_by_user')} ON ${names.pendingSignIns} (user_id);
      -- For the purge.
      CREATE INDEX ${names.local('session_pending_by_expiry')} ON ${names.pendingSignIns} (expires_at);
      -- Per user, the latest instant at which all pending sign-ins were ended, but not the sessions.
      ALTER TABLE ${names.userEndings} ADD COLUMN pending_ended_at INTEGER;`,
    down: ({ names }) => `
      ALTER TABLE ${names.userEndings} DROP COLUMN pending_ended_at;
      DROP TABLE ${names.pendingSignIns};`,
  },
  {
    version: 6,
    name: 'grants',
    up: ({ names, userKey, reference }) => `
      -- What users allow client applications to do. None is a session. Scopes are separated by spaces.
      CREATE TABLE ${names.grants} (
        id TEXT NOT NULL PRIMARY KEY,
        user_id ${userKey} NOT NULL ${reference},
        client_id TEXT NOT NULL,
        scopes TEXT NOT NULL,
        authenticated_at INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        last_refreshed_at INTEGER NOT NULL,
        idle_timeout_ms INTEGER NOT NULL,
        family_hash BLOB NOT NULL,
        refresh_hash BLOB NOT NULL,
        access_hash BLOB NOT NULL,
        access_scopes TEXT NOT NULL,
        access_expires_at INTEGER NOT NULL,
        previous_access_hash BLOB,
        previous_access_scopes TEXT,
        previous_access_expires_at INTEGER,
        previous_refresh_hash BLOB,
        rotation_salt BLOB,
        rotated_at INTEGER,
        grace_expires_at INTEGER,
        ended_at INTEGER,
        end_reason TEXT,
        ended_by TEXT
      ) STRICT;
      CREATE INDEX ${names.local('session_grants_by_user')} ON ${names.grants} (user_id);
      -- For ending the grants of a client that was removed.
      CREATE INDEX ${names.local('session_grants_by_client')} ON ${names.grants} (client_id)
        WHERE ended_at IS NULL;
      -- For the sweep, which reads unended grants in id order.
      CREATE INDEX ${names.local('session_grants_not_ended')} ON ${names.grants} (id)
        WHERE ended_at IS NULL;
      -- For the purge.
      CREATE INDEX ${names.local('session_grants_ended')} ON ${names.grants} (ended_at)
        WHERE ended_at IS NOT NULL;
      -- Per user, the latest instant at which all grants were ended, but not the sessions.
      ALTER TABLE ${names.userEndings} ADD COLUMN grants_ended_at INTEGER;
      ${createGrantTriggers(names)}`,
    down: ({ names }) => `
      ALTER TABLE ${names.userEndings} DROP COLUMN grants_ended_at;
      DROP TABLE ${names.grants};`,
  },
]

/**
 * The steps, oldest first, as SQL for a migration tool of your own. Run `up` of each with the same
 * options, in order, each in one transaction, and record in that tool which have run.
 * `migrateSqliteSessions` runs the same SQL.
 */
export const sqliteSessionMigrations: readonly SessionMigration[] = steps.map((step) => ({
  version: step.version,
  name: step.name,
  up: (options) => step.up(toTarget(options)),
  down: (options) => step.down(toTarget(options)),
}))

function toTarget({ userReference, ...options }: SessionMigrationOptions = {}): Target {
  const type = userReference?.type ?? 'text'
  return {
    names: createSqliteTableNames(options),
    userKey: type === 'integer' || type === 'bigint' ? 'INTEGER' : 'TEXT',
    reference: toReference(userReference),
  }
}
