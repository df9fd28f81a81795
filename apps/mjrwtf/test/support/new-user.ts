import { nodeSecrets } from '../../src/adapters/crypto/secrets.ts'
import type { Instant } from '../../src/domain/time.ts'
import type { User } from '../../src/domain/user.ts'

/** A user with an id and an email of their own, as a sign-up creates one. */
export function aNewUser(createdAt: Instant, isOperator = false): User {
  const id = nodeSecrets.id()
  return {
    id,
    email: `${id}@example.com`,
    createdAt,
    isOperator,
    hasPassword: true,
    passwordVersion: 0,
    passwordChangedBySession: null,
    passwordChangedAt: null,
    passwordResets: 0,
    secondFactors: 0,
  }
}
