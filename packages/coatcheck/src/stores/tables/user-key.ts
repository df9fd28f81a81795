import type { UserKeyType } from './user-reference.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const integer = /^[+-]?\d{1,40}$/

/**
 * Returns the user id as the database prints a key of the type, or `null` if no key of the type is written
 * like this. Spellings of one key have one result: `007` and `7`, and a uuid in upper and lower case.
 */
export function toCanonicalKey(type: UserKeyType, userId: string): string | null {
  if (type === 'text') return userId
  if (type === 'uuid') {
    const lowerCase = userId.toLowerCase()
    return uuid.test(lowerCase) ? lowerCase : null
  }
  if (!integer.test(userId)) return null
  const number = BigInt(userId.replace('+', ''))
  const bits = type === 'integer' ? 32 : 64
  return BigInt.asIntN(bits, number) === number ? String(number) : null
}

/** Returns what to say about a user id that no user can have. It must not contain the id. */
export function wrongKeyMessage(type: UserKeyType): string {
  return `The user id is not a ${type}, the type of the user_id column of the session tables`
}
