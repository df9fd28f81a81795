import { createHash, randomBytes } from 'node:crypto'
import type { PasswordHasher } from '../../src/application/ports/password-hasher.ts'

/**
 * Stands in for argon2 where passwords are not the subject: hundreds of sign-ins would take minutes.
 * Does the same of an account that does not exist as of one that does.
 */
export function createFastHasher(): PasswordHasher {
  return {
    async hash(password) {
      const salt = randomBytes(8).toString('hex')
      return { status: 'hashed', hash: `cheap$${salt}$${digest(salt, password)}` }
    },
    async check(password, storedHash) {
      const [, salt = '', expected] = (storedHash ?? 'cheap$$').split('$')
      const matches = digest(salt, password) === expected
      return matches ? { status: 'match', needsRehash: false } : { status: 'mismatch' }
    },
  }
}

function digest(salt: string, password: string): string {
  return createHash('sha256').update(`${salt}:${password}`).digest('base64url')
}
