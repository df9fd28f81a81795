import { SessionError } from './errors.ts'
import type { PendingSignInId, PendingSignInRecord } from './pending-sign-in.ts'
import { parseMethods } from './stored-methods.ts'
import { getField, toBytes } from './stored-record.ts'

type Field = keyof PendingSignInRecord

/**
 * Validates a pending sign-in that a backend returned, as `readStoredRecord` does for a session. Throws
 * `corrupt-record`, naming the field but not its value.
 */
export function readStoredPendingSignIn(stored: unknown): PendingSignInRecord {
  const state = getField(stored, 'state') ?? null
  return {
    id: text(stored, 'id') as PendingSignInId,
    secretHash: hash(stored, 'secretHash'),
    userId: text(stored, 'userId'),
    methods: (parseMethods(text(stored, 'methods')) ?? failCorrupt('methods')).methods,
    createdAt: integer(stored, 'createdAt'),
    expiresAt: integer(stored, 'expiresAt'),
    credentialsCheckedAt: integer(stored, 'credentialsCheckedAt'),
    attempts: integer(stored, 'attempts'),
    remember: integer(stored, 'remember') === 1,
    state: state === null ? null : text(stored, 'state'),
  }
}

function text(stored: unknown, field: Field): string {
  const value = getField(stored, field)
  return typeof value === 'string' ? value : failCorrupt(field)
}

function integer(stored: unknown, field: Field): number {
  const value = getField(stored, field)
  const number = typeof value === 'bigint' ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : failCorrupt(field)
}

function hash(stored: unknown, field: Field): Uint8Array {
  const bytes = toBytes(getField(stored, field))
  return bytes === null || bytes.length !== 32 ? failCorrupt(field) : new Uint8Array(bytes)
}

function failCorrupt(field: Field): never {
  throw new SessionError(
    'corrupt-record',
    `A stored pending sign-in cannot be read: ${field} is invalid`,
  )
}
