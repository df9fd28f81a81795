import { SessionError } from '../domain/errors.ts'

/**
 * Throws `invalid-option`, naming the option, unless the value is a whole number within the bounds.
 */
export function whole(
  name: string,
  value: number,
  [least, most]: readonly [number, number],
): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value
  throw new SessionError(
    'invalid-option',
    `${name} must be a whole number from ${least} to ${most}, not ${value}`,
  )
}

/** Throws `invalid-option`, naming the option, unless the value is one of those. */
export function oneOf<Value extends string>(
  name: string,
  value: Value,
  accepted: readonly Value[],
): Value {
  if (accepted.includes(value)) return value
  throw new SessionError('invalid-option', `${name} must be one of ${accepted.join(', ')}`)
}
