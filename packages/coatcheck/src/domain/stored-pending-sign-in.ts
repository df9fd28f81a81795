import type { PendingSignInId, PendingSignInRecord } from './pending-sign-in.ts'
import { createFieldReaders, getField, type StoredFields } from './stored-fields.ts'
import { parseMethods } from './stored-methods.ts'

type Field = keyof PendingSignInRecord

const { text, integer, hash, failCorrupt } = createFieldReaders<Field>('pending sign-in')

/**
 * Validates a pending sign-in that a backend returned, as `readStoredRecord` does for a session. Throws
 * `corrupt-record`, naming the field but not its value.
 */
export function readStoredPendingSignIn(row: unknown): PendingSignInRecord {
  const stored: StoredFields<Field> = typeof row === 'object' && row !== null ? row : {}
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
