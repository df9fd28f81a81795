import { isSessionError, SessionError, type StoreFailureCode } from '../../domain/errors.ts'
import { getField } from '../../domain/stored-fields.ts'

/** What a kind of failure is called, and what the operator can do about it. */
type Diagnosis = readonly [code: StoreFailureCode, advice: string]

const notMigrated: Diagnosis = [
  'not-migrated',
  'run migratePostgresSessions(pool), or let coatcheck() migrate with postgres(pool). If the tables exist, grant the role of the pool USAGE on their schema, or set the option schema; if the application has a table of its own with this name, set tablePrefix',
]
const wrongType: Diagnosis = [
  'wrong-column-type',
  'a column has another type than the store expects. If it is user_id, it must be text, uuid, bigint or integer, which migrating with userReference sets; otherwise another program has changed or created the table: set tablePrefix or schema',
]
const unreachable: Diagnosis = [
  'connection-refused',
  'check that the server runs, and the host and port of the pool',
]
const busy: Diagnosis = [
  'connection-refused',
  'the server has no connection left: lower `max` of the pools of all processes, raise max_connections, or use a pooler',
]
const starting: Diagnosis = [
  'connection-refused',
  'the server is starting or shutting down: it accepts connections again later',
]
const readOnly: Diagnosis = [
  'read-only',
  'the database is read-only, such as a replica: connect the pool to the primary server',
]

const ended: Diagnosis = ['store-unavailable', 'close the sessions before the connections']
const locked: Diagnosis = [
  'store-unavailable',
  'another transaction holds the lock: keep transactions short, and change users and sessions in the same order in all of them',
]

/** By SQLSTATE of the server, or by code of the operating system or the driver. */
const diagnoses: Readonly<Record<string, Diagnosis>> = {
  '42P01': notMigrated,
  '42703': notMigrated,
  '3F000': [
    'not-migrated',
    'create it with CREATE SCHEMA, or set the option schema to one that exists',
  ],
  '42501': [
    'missing-privilege',
    'GRANT the role of the pool USAGE on the schema and SELECT, INSERT, UPDATE, DELETE on the session tables. Only migrations also need CREATE',
  ],
  '25006': readOnly,
  '42804': wrongType,
  '42846': wrongType,
  '42883': wrongType,
  '22P02': wrongType,
  '22003': wrongType,
  '28P01': ['connection-refused', 'check the user and the password of the pool'],
  '28000': ['connection-refused', 'check the user of the pool, and pg_hba.conf of the server'],
  '3D000': ['connection-refused', 'create the database, or check its name in the pool'],
  '25P02': [
    'store-unavailable',
    'an earlier statement of the transaction of the application has failed: roll it back',
  ],
  '40P01': locked,
  '57014': [
    'store-unavailable',
    'the statement took longer than statement_timeout, or was canceled',
  ],
  '53100': ['read-only', 'the disk of the server is full: free space. It can still be read'],
  '53300': busy,
  '55P03': locked,
  '57P03': starting,
  '57P01': starting,
  '57P02': starting,
  ECONNREFUSED: unreachable,
  ENOENT: unreachable,
  ENOTFOUND: unreachable,
  EAI_AGAIN: unreachable,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  ETIMEDOUT: unreachable,
  CONNECT_TIMEOUT: unreachable,
  CONNECTION_DESTROYED: ended,
  CONNECTION_ENDED: ended,
}

const noAnswer: Diagnosis = [
  'connection-refused',
  'no connection within the time limit: the server does not respond, or all connections of the pool are in use',
]

/** Failures that a driver reports without a code. */
const messages: readonly (readonly [RegExp, Diagnosis])[] = [
  [/^timeout exceeded when trying to connect/, noAnswer],
  [/due to connection timeout/, noAnswer],
  [/^no answer within/, noAnswer],
  [/^Cannot use a pool after calling end/, ended],
  [/^PGlite is clos/, ended],
]

/**
 * The error of an operation that a driver rejected. Says what failed and what to do, without statements,
 * parameters and connection strings.
 */
export function toSessionError(error: unknown): SessionError {
  if (isSessionError(error)) return error
  const cause = redactError(error)
  const [code, advice] = diagnose(getField(error, 'code'), cause.message)
  const action = advice === '' ? '' : `: ${advice}`
  return new SessionError(code, `The PostgreSQL session store failed (${cause.message})${action}`, {
    cause,
  })
}

function diagnose(code: unknown, message: string): Diagnosis {
  const byCode = typeof code === 'string' ? diagnoses[code] : undefined
  const byMessage = () => messages.find(([pattern]) => pattern.test(message))?.[1]
  return byCode ?? byMessage() ?? ['store-unavailable', '']
}

/**
 * Keeps only the message, the code and the stack. Other fields can contain the row, the parameters, with
 * hashes and data, or the connection string (`log_parameter_max_length_on_error` adds parameters to the
 * context, postgres.js the statement, Node the URL that it cannot parse).
 */
function redactError(error: unknown): Error {
  const code = getField(error, 'code')
  const suffix = code === undefined ? '' : ` (${String(code)})`
  const redacted = new Error(`${redactMessage(error, code)}${suffix}`)
  return Object.assign(redacted, code !== undefined && { code })
}

function redactMessage(error: unknown, code: unknown): string {
  const message = String(getField(error, 'message') ?? 'unknown error')
  // Data exceptions quote the value: invalid input syntax for type uuid: "…".
  if (String(code).startsWith('22') && isServerError(error))
    return message.replace(/:.*$|".*$/s, '')
  // An AggregateError of several addresses of one host has no message of its own.
  const [first]: readonly unknown[] = [getField(error, 'errors')].flat()
  return message === '' && first !== undefined ? redactMessage(first, code) : message
}

/** Whether the server has rejected a statement, so that the state of the connection is known. */
export function isServerError(error: unknown): boolean {
  return getField(error, 'severity') !== undefined
}
