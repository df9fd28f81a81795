import { rejectOption } from '../../domain/errors.ts'
import type { OptionNames } from '../../domain/options.ts'

/** Where the session tables are. The same for the migrations, the store and the channel of one set of tables. */
export interface TableOptions {
  /**
   * The schema of the session tables, which must exist. PostgreSQL only. Case-sensitive. Default: the
   * first schema of the `search_path` when the tables are created, and the first one that has the tables
   * afterwards.
   */
  readonly schema?: string
  /**
   * Starts the name of every table, index, trigger and function, so that several sets of session tables, or
   * tables of the app with the same names, fit into one database. At most 30 letters, digits and `_`, and
   * not `sqlite_…`. Case-sensitive in PostgreSQL. Example: `auth_`. Default: none.
   */
  readonly tablePrefix?: string
}

/** All table options. */
export const tableOptionNames: OptionNames<TableOptions> = { schema: true, tablePrefix: true }

/** The names of one set of session tables, quoted for SQL. Every name in the database derives from them. */
export interface TableNames {
  readonly schema: string | null
  readonly prefix: string
  readonly sessions: string
  readonly userEndings: string
  readonly pendingSignIns: string
  readonly grants: string
  readonly migrations: string
  /** PostgreSQL only. */
  readonly sweeps: string
  /** SQLite only. */
  readonly changes: string
  /** Returns the name of an index or a trigger, without the schema. */
  local(name: string): string
  /** Returns the name of a table, an index or a function, with the schema. */
  qualified(name: string): string
}

/** Leaves room for the longest derived name in the 63 bytes of a name in PostgreSQL. */
const maxPrefixLength = 30

/** Throws `invalid-option` for a name that could not be used unchanged or could become other SQL. */
export function createTableNames({ schema, tablePrefix = '' }: TableOptions = {}): TableNames {
  if (schema !== undefined) requireName('schema', schema)
  if (tablePrefix !== '') requirePrefix(tablePrefix)
  const local = (name: string) => `"${tablePrefix}${name}"`
  const qualifier = schema === undefined ? '' : `"${schema}".`
  const qualified = (name: string) => `${qualifier}${local(name)}`
  return {
    schema: schema ?? null,
    prefix: tablePrefix,
    sessions: qualified('sessions'),
    userEndings: qualified('session_user_endings'),
    pendingSignIns: qualified('session_pending_sign_ins'),
    grants: qualified('session_grants'),
    migrations: qualified('session_migrations'),
    sweeps: qualified('session_sweeps'),
    changes: qualified('session_changes'),
    local,
    qualified,
  }
}

/** Throws `invalid-option` unless the text is a name that needs no escaping: names become part of the SQL. */
export function requireName(option: string, name: string): void {
  if (typeof name === 'string' && /^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(name)) return
  rejectOption(`${option} must be a name of at most 63 letters, digits and _, such as auth`)
}

function requirePrefix(prefix: string): void {
  requireName('tablePrefix', prefix)
  if (prefix.length <= maxPrefixLength && !/^sqlite_/i.test(prefix)) return
  rejectOption(
    `tablePrefix must have at most ${maxPrefixLength} characters, and not begin with sqlite_`,
  )
}
