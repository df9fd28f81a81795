import { rejectOption } from './errors.ts'
import { requireArgument } from './storable.ts'

/** The names of all options of a type. The compiler checks that none is missing. */
export type OptionNames<Options> = { readonly [Name in keyof Required<Options>]: true }

/** An integration point of the library, and what a caller can pass there. */
export interface ExpectedObject {
  /** The methods that it must have. */
  readonly methods: readonly string[]
  /** What to pass, for messages. */
  readonly expected: string
}

/** Where options are, for messages. */
interface OptionsLocation {
  /** Before the name of an option: the option that contains it, and a dot. */
  readonly prefix: string
  /** After it: the function that takes it. */
  readonly suffix: string
}

/**
 * Throws `invalid-option` unless `options` is an object with these names only. A misspelled option would
 * otherwise be ignored, and with it the protection that it was meant to configure.
 */
export function requireOptions(
  factory: string,
  options: unknown,
  names: Readonly<Record<string, true>>,
): void {
  if (!isPlainObject(options)) {
    rejectOption(`${factory} must be called with an object of ${Object.keys(names).join(', ')}`)
  }
  const location = { prefix: '', suffix: ` of ${factory}` }
  const problem = findUnknownName(options, names, location)
  if (problem !== null) rejectOption(problem)
}

/** Throws `invalid-option` unless the value of an option is an object with these options only. */
export function requireNested(
  name: string,
  value: unknown,
  names: Readonly<Record<string, true>>,
): void {
  if (!isPlainObject(value)) {
    rejectOption(`${name} must be an object of ${Object.keys(names).join(', ')}`)
  }
  const problem = findUnknownName(value, names, { prefix: `${name}.`, suffix: '' })
  if (problem !== null) rejectOption(problem)
}

/** As `requireOptions`, for the options of a call: throws `invalid-argument`. */
export function requireCallOptions(
  method: string,
  options: unknown,
  names: Readonly<Record<string, true>>,
): void {
  const expected = `${method} needs an object of ${Object.keys(names).join(', ')}`
  requireArgument(isPlainObject(options), expected)
  const problem = findUnknownName(Object(options), names, { prefix: '', suffix: ` of ${method}` })
  requireArgument(problem === null, problem ?? '')
}

function findUnknownName(
  options: object,
  names: Readonly<Record<string, true>>,
  { prefix, suffix }: OptionsLocation,
): string | null {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(names, name))
  if (unknown === undefined) return null
  const known = Object.keys(names)
  const nearest = nearestName(unknown, known)
  const hint = nearest === null ? `known are ${known.join(', ')}` : `did you mean ${nearest}?`
  return `${prefix}${unknown} is not an option${suffix}: ${hint}`
}

/** Also of another realm or of a class, but no list, promise or other built-in object. */
function isPlainObject(value: unknown): value is object {
  return Object.prototype.toString.call(value) === '[object Object]'
}

/** Throws `invalid-option` unless the value has the expected methods. */
export function requireMethods(
  name: string,
  value: unknown,
  { methods, expected }: ExpectedObject,
): void {
  if (value === undefined || value === null) rejectOption(`${name} is missing: pass ${expected}`)
  if (isPromise(value)) rejectOption(`${name} is a promise: await it, and pass its result`)
  const target = Object(value)
  const missing = methods.find((method) => typeof Reflect.get(target, method) !== 'function')
  if (missing === undefined) return
  const problem = typeof value === 'object' ? `has no method ${missing}` : `is a ${typeof value}`
  rejectOption(`${name} ${problem}: pass ${expected}`)
}

/** Throws `invalid-option` unless the value is a function. */
export function requireFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') rejectOption(`${name} must be a function`)
}

/** Throws `invalid-option` unless the value is a list of functions. */
export function requireFunctions(name: string, value: unknown): void {
  if (!Array.isArray(value)) rejectOption(`${name} must be a list of functions, such as [log]`)
  value.forEach((each, index) => {
    requireFunction(`${name}[${index}]`, each)
  })
}

/** Whether the value is a list of strings. */
export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

/** Throws `invalid-option` unless the value is a boolean. */
export function requireBoolean(name: string, value: unknown): void {
  if (typeof value !== 'boolean') rejectOption(`${name} must be true or false`)
}

/** Returns the value. Throws `invalid-option` unless it is an integer from `min` to `max`. */
export function requireInteger(
  name: string,
  value: number,
  [min, max]: readonly [number, number],
): number {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value
  const expected = `a whole number from ${min} to ${max}`
  return rejectOption(`${name} must be ${expected}, not ${describe(value)}`)
}

/** Returns the value. Throws `invalid-option` unless it is one of the accepted ones. */
export function requireOneOf<Value extends string>(
  name: string,
  value: Value,
  accepted: readonly Value[],
): Value {
  if (accepted.includes(value)) return value
  return rejectOption(`${name} must be one of ${accepted.join(', ')}`)
}

/** Of values that are no numbers only the type: the value could be a secret in the wrong place. */
function describe(value: unknown): string {
  return typeof value === 'number' ? String(value) : typeof value
}

function isPromise(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value
}

/** A misspelling differs by at most this many characters. */
const maxDistance = 2

function nearestName(name: string, known: readonly string[]): string | null {
  const [nearest] = known
    .map((each) => ({ each, distance: editDistance(name.toLowerCase(), each.toLowerCase()) }))
    .filter(({ distance }) => distance <= maxDistance)
    .toSorted((a, b) => a.distance - b.distance)
  return nearest?.each ?? null
}

/** Number of characters to insert, remove or replace (Levenshtein). */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [index, character] of [...one].entries()) {
    const next = [index + 1]
    for (let column = 0; column < other.length; column += 1) {
      const replaced = (row[column] ?? 0) + (other[column] === character ? 0 : 1)
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}
