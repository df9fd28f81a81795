import type { SessionMigration } from 'coatcheck/sqlite'
import type {
  SchemaPlan,
  SchemaState,
  SchemaStatus,
  SchemaStep,
  SchemaVersion,
} from '../../../application/ports/schema.ts'
import type { Migration } from '../migrations/migration.ts'
import { PersistenceError } from '../persistence-error.ts'

/** All migrations for one kind of database, oldest first. */
export interface Migrations {
  readonly app: readonly Migration[]
  readonly sessions: readonly SessionMigration[]
}

/** A step with the statements that carry it out and record it, in order. */
export interface RunnableStep extends SchemaStep {
  readonly statements: readonly string[]
}

export interface RunnablePlan extends SchemaPlan {
  readonly steps: readonly RunnableStep[]
}

/** The session tables reference the app's users: created after them, and dropped before them. */
const sessionOptions = { userReference: { table: 'users', column: 'id' } }

/**
 * The newest migration of the session tables that belongs to each version of the app's tables, from that one on. A
 * migration of the library is added here, with the version of the app that needs it.
 */
const sessionSteps: readonly (readonly [app: number, name: string])[] = [
  [19, 'grants'],
  [18, 'pending-sign-ins'],
  [1, 'replaced-sessions'],
]

/** The version of the session tables that a program with this version of the app's tables expects. */
export function sessionVersionFor({ sessions }: Migrations, app: number): number {
  const name = sessionSteps.find(([from]) => app >= from)?.[1]
  return sessions.find((step) => step.name === name)?.version ?? 0
}

export function newestVersion({ app, sessions }: Migrations): SchemaVersion {
  return { app: app.length, sessions: sessions.length }
}

export function statusOf(migrations: Migrations, current: SchemaVersion): SchemaStatus {
  const newest = newestVersion(migrations)
  return { state: stateOf(current, newest), current, newest }
}

function stateOf(current: SchemaVersion, newest: SchemaVersion): SchemaState {
  if (current.app > newest.app || current.sessions > newest.sessions) return 'newer'
  if (current.app < newest.app || current.sessions < newest.sessions) {
    return current.app === 0 && current.sessions === 0 ? 'empty' : 'outdated'
  }
  return 'current'
}

/**
 * The steps from one version to another. Throws `PersistenceError` for a database of a newer program, whose steps down
 * are unknown here, and for an unknown target.
 */
export function planSchema(
  migrations: Migrations,
  current: SchemaVersion,
  target: number,
): RunnablePlan {
  requireKnown(migrations, current)
  const newest = newestVersion(migrations)
  if (!Number.isInteger(target) || target < 0 || target > newest.app) {
    const message = `There is no schema version ${target}: this program knows the versions 0 to ${newest.app}.`
    throw new PersistenceError('unknown-version', message)
  }
  const sessions = sessionVersionFor(migrations, target)
  const up = [
    ...migrations.app.slice(current.app, target).map(toStepUp),
    ...migrations.sessions.slice(current.sessions, sessions).map(toSessionStepUp),
  ]
  const down = [
    ...migrations.sessions.slice(sessions, current.sessions).toReversed().map(toSessionStepDown),
    ...migrations.app.slice(target, current.app).toReversed().map(toStepDown),
  ]
  if (down.length > 0) return { direction: 'down', steps: [...down, ...up] }
  return { direction: 'up', steps: up }
}

function requireKnown(migrations: Migrations, current: SchemaVersion): void {
  const status = statusOf(migrations, current)
  if (status.state === 'newer') throw tooNew(status)
}

function tooNew({ current, newest }: SchemaStatus): PersistenceError {
  const [tables, own, known] =
    current.app > newest.app
      ? ['The database', current.app, newest.app]
      : ['The database of the sessions', current.sessions, newest.sessions]
  return new PersistenceError(
    'database-too-new',
    `${tables} is at version ${own}, which is newer than version ${known} of this program. Nothing was changed. ` +
      'Start the newer program, or run its "mjrwtf migrate down" first.',
  )
}

/** Throws `PersistenceError` unless the tables have the version of this program. Says what to type next. */
export function requireCurrent(status: SchemaStatus): void {
  const { state, current, newest } = status
  if (state === 'newer') throw tooNew(status)
  if (state === 'empty') {
    throw new PersistenceError(
      'database-empty',
      'The database has no tables yet. Start the server once with "mjrwtf serve", or run "mjrwtf migrate up".',
    )
  }
  if (state === 'outdated') {
    throw new PersistenceError(
      'database-outdated',
      `The database has schema version ${current.app}, and this program needs ${newest.app}. Nothing was changed. ` +
        'Make a backup, then run "mjrwtf migrate up" or start the server.',
    )
  }
}

function toStepUp({ version, name, up }: Migration): RunnableStep {
  const statements = [up, record('app', version, name)]
  return { tables: 'app', version, name, deletes: null, statements }
}

function toStepDown({ version, name, down, deletes }: Migration): RunnableStep {
  const statements = [down, forget('app', version)]
  return { tables: 'app', version, name, deletes: deletes ?? stored(name), statements }
}

function toSessionStepUp({ version, name, up }: SessionMigration): RunnableStep {
  const statements = [up(sessionOptions), record('session', version, name)]
  return { tables: 'sessions', version, name, deletes: null, statements }
}

function toSessionStepDown({ version, name, down }: SessionMigration): RunnableStep {
  const statements = [down(sessionOptions), forget('session', version)]
  return { tables: 'sessions', version, name, deletes: stored(name), statements }
}

function stored(name: string): string {
  return `all data of "${name}"`
}

/** Names of migrations are ours and contain no quote. */
function record(prefix: 'app' | 'session', version: number, name: string): string {
  return `INSERT INTO ${prefix}_migrations (version, name) VALUES (${version}, '${name}')`
}

function forget(prefix: 'app' | 'session', version: number): string {
  return `DELETE FROM ${prefix}_migrations WHERE version = ${version}`
}
