import { SessionError } from './errors.ts'

/** Why JSON would not carry a value unchanged. */
interface Problem {
  /** From the checked value, such as `.cart[2]`. */
  readonly path: string
  readonly description: string
}

/** Deeper data could exhaust the stack where it is parsed or rendered. */
const maxDepth = 100

/**
 * Throws `invalid-argument`, naming the path, for a value that would not come back from JSON as it is. The
 * message does not contain the value. Properties whose value is `undefined` are accepted: they count as
 * absent; so is -0, which comes back as 0.
 */
export function requireJson(value: unknown, name: string): void {
  const problem = findProblem(value, [])
  if (problem === null) return
  throw new SessionError('invalid-argument', `${name}${problem.path} ${problem.description}`)
}

function findProblem(value: unknown, ancestors: object[]): Problem | null {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return null
    case 'number':
      return Number.isFinite(value) ? null : here(`is ${value}: store a finite number or null`)
    case 'object':
      return value === null ? null : findInObject(value, ancestors)
    case 'undefined':
      return here('is undefined: store null')
    case 'function':
      return here('is a function: store its result')
    default:
      return here(`is a ${typeof value}: store a string`)
  }
}

function findInObject(value: object, ancestors: object[]): Problem | null {
  const problem = findOwnProblem(value) ?? findNestingProblem(value, ancestors)
  if (problem !== null) return problem
  ancestors.push(value)
  const nested = Array.isArray(value)
    ? findInArray(value, ancestors)
    : findInProperties(value, ancestors)
  ancestors.pop()
  return nested
}

function findInArray(array: readonly unknown[], ancestors: object[]): Problem | null {
  for (let index = 0; index < array.length; index += 1) {
    const problem = findProblem(array[index], ancestors)
    if (problem !== null) return { ...problem, path: `[${index}]${problem.path}` }
  }
  // JSON omits them. A match of a regular expression has them.
  const isPlain = Object.keys(array).length === array.length
  return isPlain ? null : here('has properties besides its items: store an object')
}

function findInProperties(object: object, ancestors: object[]): Problem | null {
  for (const key of Object.keys(object)) {
    const value: unknown = Reflect.get(object, key)
    const problem = value === undefined ? null : findProblem(value, ancestors)
    if (problem !== null) return { ...problem, path: `${formatKey(key)}${problem.path}` }
  }
  return null
}

/** What JSON would omit or convert of the object itself. */
function findOwnProblem(value: object): Problem | null {
  if (!isPlain(value)) return here(`is ${withArticle(classOf(value))}: store ${instead(value)}`)
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    return here('has a method toJSON: store its result')
  }
  if (Object.getOwnPropertySymbols(value).length === 0) return null
  return here('has a property named by a symbol: use a string')
}

function findNestingProblem(value: object, ancestors: readonly object[]): Problem | null {
  if (ancestors.includes(value)) return here('contains itself: store an id instead')
  if (ancestors.length < maxDepth) return null
  return here(`is nested more than ${maxDepth} levels deep: store it flat`)
}

/**
 * Whether the object has no class. Not compared with `Object.prototype`: an object of another realm, as in
 * Jest or a vm context, has another one.
 */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === null) return true
  const base: unknown = Object.getPrototypeOf(prototype)
  if (!Array.isArray(value)) return base === null
  return base !== null && Object.getPrototypeOf(base) === null
}

/** Names of classes are in the code, not in the data. */
function classOf(value: object): string {
  const classFunction: unknown = Reflect.get(value, 'constructor')
  const name = typeof classFunction === 'function' ? classFunction.name : ''
  return name === '' ? 'class instance' : name.slice(0, 40)
}

function withArticle(noun: string): string {
  return `${/^[AEIO]/i.test(noun) ? 'an' : 'a'} ${noun}`
}

const replacements: Readonly<Record<string, string>> = {
  Date: 'a number or an ISO string',
  Map: 'an object',
  Set: 'an array',
}

function instead(value: object): string {
  if (ArrayBuffer.isView(value) || classOf(value) === 'ArrayBuffer') return 'a base64 string'
  return replacements[classOf(value)] ?? 'a plain object'
}

/** Keys may come from users, so a long one is cut. */
function formatKey(key: string): string {
  if (/^[A-Za-z_$][\w$]{0,40}$/.test(key)) return `.${key}`
  return `[${JSON.stringify(key.length > 40 ? `${key.slice(0, 40)}…` : key)}]`
}

function here(description: string): Problem {
  return { path: '', description }
}
