import type { DatabaseDescription, RowSink } from './row-source.ts'

/** Rows that replace those of a database. */
export interface Replacement {
  readonly description: Pick<DatabaseDescription, 'schema' | 'tables' | 'sequences'>
  /** Whether a database with users may be replaced. */
  readonly mayReplace: boolean
  /** What names the replaced database: `….before-restore-…`. */
  readonly now: Date
  load(sink: RowSink): Promise<void>
  /** Called when the new rows are complete, before they take the place of the old ones. */
  readonly onReady?: () => void
}

export interface Replaced {
  /** The file of the database that was replaced; `null` if there was none, and for PostgreSQL. */
  readonly keptFile: string | null
  /** Null characters that were replaced by U+FFFD: PostgreSQL stores none. */
  readonly replacedCharacters: number
  /** What the replaced database knew and the new one does not. */
  readonly undone: Undone
}

/** Changes after the backup that a restore undoes. */
export interface Undone {
  /** Emails of accounts that were deleted, and exist again. */
  readonly deletedAccounts: readonly string[]
  /** Emails of accounts that were suspended, and can sign in again. */
  readonly suspensions: readonly string[]
  /** Short codes of links that were taken down, and redirect again. */
  readonly takeDowns: readonly string[]
  /** Ids of personal access tokens that were revoked, and are valid again. */
  readonly revokedTokens: readonly string[]
}

/** Ids and names of what an operator would not want to see again. */
export interface AccessState {
  readonly users: ReadonlyMap<string, string>
  readonly suspended: ReadonlyMap<string, string>
  readonly takenDown: ReadonlyMap<string, string>
  readonly tokens: ReadonlyMap<string, string>
}

/** The queries of `AccessState`, each with the columns `id` and `name`. They work on both databases, of any version from 20. */
export const accessQueries: Readonly<Record<keyof AccessState, string>> = {
  users: 'SELECT id, email AS name FROM users',
  suspended: 'SELECT id, email AS name FROM users WHERE suspended_at IS NOT NULL',
  takenDown: 'SELECT id, short_code AS name FROM links WHERE taken_down_at IS NOT NULL',
  tokens: 'SELECT id, name FROM personal_access_tokens',
}

/** Nothing is undone where there was no account. `before` is `null` if there was no database. */
export function compareAccess(before: AccessState | null, after: AccessState): Undone {
  if (before === null || before.users.size === 0) {
    return { deletedAccounts: [], suspensions: [], takeDowns: [], revokedTokens: [] }
  }
  const namesOfMissing = (from: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>) =>
    [...from].filter(([id]) => !other.has(id)).map(([, name]) => name)
  const revoked = [...after.tokens.keys()].filter((id) => !before.tokens.has(id))
  return {
    deletedAccounts: namesOfMissing(after.users, before.users),
    suspensions: namesOfMissing(before.suspended, after.suspended),
    takeDowns: namesOfMissing(before.takenDown, after.takenDown),
    revokedTokens: revoked,
  }
}
