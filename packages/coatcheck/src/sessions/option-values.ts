import { SessionError } from '../domain/errors.ts'

/**
 * Throws `invalid-option`, naming the option, unless the value is a whole number within the bounds.
 */
export function requireInteger(
  name: string,
  value: number,
  [min, max]: readonly [number, number],
): number {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value
  throw new SessionError(
    'invalid-option',
    `${name} must be a whole number from ${min} to ${max}, not ${value}`,
  )
}

/** Throws `invalid-option`, naming the option, unless the value is one of those. */
export function requireOneOf<Value extends string>(
  name: string,
  value: Value,
  accepted: readonly Value[],
): Value {
  if (accepted.includes(value)) return value
  throw new SessionError('invalid-option', `${name} must be one of ${accepted.join(', ')}`)
}
