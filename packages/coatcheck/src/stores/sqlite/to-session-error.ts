import { isSessionError, SessionError, type StoreFailureCode } from '../../domain/errors.ts'
import { getField } from '../../domain/stored-fields.ts'

/** What a kind of failure is called, and what the operator can do about it. */
type Diagnosis = readonly [code: StoreFailureCode, advice: string]

const notMigrated: Diagnosis = [
  'not-migrated',
  'run migrateSqliteSessions(database), or let coatcheck() migrate with sqlite(file). If the application has a table of its own with this name, set tablePrefix',
]
const wrongType: Diagnosis = [
  'wrong-column-type',
  'a column has another type than the store expects. If it is user_id, it must be TEXT or INTEGER, which migrating with userReference sets; otherwise another program has created the table: set tablePrefix',
]
const notPermitted: Diagnosis = [
  'missing-privilege',
  'the process must be able to read and write the file and its directory: check their owner',
]
const notWritable: Diagnosis = [
  'read-only',
  'the process must be able to write the file and its directory: check their owner, and that the connection was not opened read-only',
]
const notADatabase: Diagnosis = [
  'store-unavailable',
  'the file is not a SQLite database, or is damaged: check its path, or restore a backup',
]
const diskFull: Diagnosis = [
  'read-only',
  'the disk is full: free space. What is stored can still be read, and nothing has to be restarted',
]
const cannotOpen: Diagnosis = [
  'missing-privilege',
  'the file cannot be opened: check that its directory exists, and who owns both',
]
const locked: Diagnosis = [
  'store-unavailable',
  'another connection has held the write lock for too long: keep transactions short',
]

/** By the names of SQLite's result codes, without `SQLITE_`. */
const diagnoses: Readonly<Record<string, Diagnosis>> = {
  AUTH: notPermitted,
  BUSY: locked,
  CANTOPEN: cannotOpen,
  CONSTRAINT_DATATYPE: wrongType,
  CORRUPT: notADatabase,
  FULL: diskFull,
  IOERR: ['store-unavailable', 'the disk cannot be read or written'],
  // Beyond the quota of the user, or the limit of the file system for a file.
  IOERR_WRITE: diskFull,
  LOCKED: locked,
  MISMATCH: wrongType,
  NOTADB: notADatabase,
  PERM: notPermitted,
  READONLY: notWritable,
}

/** The result codes that node:sqlite reports as numbers. */
const names: Readonly<Record<number, string>> = {
  3: 'PERM',
  5: 'BUSY',
  6: 'LOCKED',
  8: 'READONLY',
  10: 'IOERR',
  11: 'CORRUPT',
  13: 'FULL',
  14: 'CANTOPEN',
  20: 'MISMATCH',
  23: 'AUTH',
  26: 'NOTADB',
  778: 'IOERR_WRITE',
  3091: 'CONSTRAINT_DATATYPE',
}

/** Failures that SQLite reports as SQLITE_ERROR, and drivers without a code. */
const messages: readonly (readonly [RegExp, Diagnosis])[] = [
  [/no such (table|column)|has no column named/, notMigrated],
  [/directory does not exist/, cannotOpen],
  [/^database is locked$/, locked],
  [
    /(database|connection) is not open|statement has been finalized/,
    ['store-unavailable', 'close the sessions before the database'],
  ],
]

/** The error of an operation that a driver rejected. Says what failed and what to do. */
export function toSessionError(error: unknown): SessionError {
  if (isSessionError(error)) return error
  const message = String(getField(error, 'message') ?? 'unknown error')
  const [code, advice] = diagnose(error, message)
  const action = advice === '' ? '' : `: ${advice}`
  return new SessionError(code, `The SQLite session store failed (${message})${action}`, {
    cause: error,
  })
}

function diagnose(error: unknown, message: string): Diagnosis {
  const name = resultName(error)
  // An extended name without an entry of its own: SQLITE_READONLY_DBMOVED.
  const byName = diagnoses[name] ?? diagnoses[name.split('_')[0] ?? '']
  const byMessage = () => messages.find(([pattern]) => pattern.test(message))?.[1]
  return byName ?? byMessage() ?? ['store-unavailable', '']
}

/** node:sqlite has the extended number of the result code, better-sqlite3 its name. */
function resultName(error: unknown): string {
  const number = Number(getField(error, 'errcode'))
  const name = names[number] ?? names[number & 0xff]
  return name ?? String(getField(error, 'code') ?? '').replace(/^SQLITE_/, '')
}
