import type {
  AccessTokenRecord,
  GrantEndReason,
  GrantId,
  GrantRecord,
  RefreshRotation,
} from './grant.ts'
import type { UserId } from './session.ts'
import { areScopes } from './storable-grant.ts'
import { createFieldReaders, getField, readValid, type StoredFields } from './stored-fields.ts'

/** The columns of a grant: a table has no nested values. */
type Field =
  | Exclude<keyof GrantRecord, 'accessToken' | 'previousAccessToken' | 'rotation'>
  | AccessTokenField
  | 'previousRefreshHash'
  | 'rotationSalt'
  | 'rotatedAt'
  | 'graceExpiresAt'

type AccessTokenField =
  | 'accessHash'
  | 'accessScopes'
  | 'accessExpiresAt'
  | 'previousAccessHash'
  | 'previousAccessScopes'
  | 'previousAccessExpiresAt'

type Stored = StoredFields<Field>

const { text, integer, hash, orNull, failCorrupt } = createFieldReaders<Field>('grant')
const integerOrNull = orNull(integer)
const textOrNull = orNull(text)
// Whatever it is: a reason of another version or program must not make the grant unreadable.
const reasonOrNull = orNull<GrantEndReason>(
  (stored, field) => text(stored, field) || failCorrupt(field),
)

/** Returns the text of scopes that stores keep: separated by spaces, as in RFC 6749, section 3.3. */
export function formatScopes(scopes: readonly string[]): string {
  return scopes.join(' ')
}

/**
 * Validates a grant that a backend returned, with scopes as the text of `formatScopes`. Throws `corrupt-record`, naming
 * the field but not its value.
 */
export function readStoredGrant(row: unknown): GrantRecord {
  const record = readFields(typeof row === 'object' && row !== null ? row : {})
  // With only one of the two, readers would disagree on whether the grant has ended.
  if ((record.endedAt === null) !== (record.endReason === null)) failCorrupt('endReason')
  return record
}

/** Like `readStoredGrant` for each, skipping records that cannot be read. */
export function readValidGrants(rows: readonly unknown[]): readonly GrantRecord[] {
  return readValid(rows, readStoredGrant)
}

function readFields(stored: Stored): GrantRecord {
  return {
    id: text(stored, 'id') as GrantId,
    userId: text(stored, 'userId'),
    clientId: text(stored, 'clientId'),
    scopes: scopes(stored, 'scopes'),
    authenticatedAt: integer(stored, 'authenticatedAt'),
    createdAt: integer(stored, 'createdAt'),
    expiresAt: integer(stored, 'expiresAt'),
    lastRefreshedAt: integer(stored, 'lastRefreshedAt'),
    idleTimeout: integer(stored, 'idleTimeout'),
    familyHash: hash(stored, 'familyHash'),
    refreshSecretHash: hash(stored, 'refreshSecretHash'),
    accessToken: accessToken(stored, ['accessHash', 'accessScopes', 'accessExpiresAt']),
    previousAccessToken: previousAccessToken(stored),
    rotation: rotation(stored),
    endedAt: integerOrNull(stored, 'endedAt'),
    endReason: reasonOrNull(stored, 'endReason'),
    endedBy: textOrNull(stored, 'endedBy'),
  }
}

function scopes(stored: Stored, field: Field): readonly string[] {
  const joined = text(stored, field)
  const parsed = joined === '' ? [] : joined.split(' ')
  return areScopes(parsed) ? parsed : failCorrupt(field)
}

type AccessTokenFields = readonly [
  hash: AccessTokenField,
  scopes: AccessTokenField,
  expiresAt: AccessTokenField,
]

function accessToken(stored: Stored, fields: AccessTokenFields): AccessTokenRecord {
  const [hashField, scopesField, expiresAtField] = fields
  return {
    secretHash: hash(stored, hashField),
    scopes: scopes(stored, scopesField),
    expiresAt: integer(stored, expiresAtField),
  }
}

const previousAccessFields: AccessTokenFields = [
  'previousAccessHash',
  'previousAccessScopes',
  'previousAccessExpiresAt',
]

function previousAccessToken(stored: Stored): AccessTokenRecord | null {
  const isAbsent = previousAccessFields.every((field) => stored[field] === null)
  return isAbsent ? null : accessToken(stored, previousAccessFields)
}

const rotationFields = [
  'previousRefreshHash',
  'rotationSalt',
  'rotatedAt',
  'graceExpiresAt',
] as const

function rotation(stored: Stored): RefreshRotation | null {
  if (rotationFields.every((field) => stored[field] === null)) return null
  return {
    previousSecretHash: hash(stored, 'previousRefreshHash'),
    salt: hash(stored, 'rotationSalt'),
    rotatedAt: integer(stored, 'rotatedAt'),
    graceExpiresAt: integer(stored, 'graceExpiresAt'),
  }
}

/** Reads `id`, `userId` and `clientId` of a grant that a backend ended. */
export function readEndedGrant<Reason extends GrantEndReason>(
  stored: unknown,
  reason: Reason,
): {
  readonly id: GrantId
  readonly userId: UserId
  readonly clientId: string
  readonly reason: Reason
} {
  return {
    id: String(getField(stored, 'id')) as GrantId,
    userId: String(getField(stored, 'userId')),
    clientId: String(getField(stored, 'clientId')),
    reason,
  }
}
