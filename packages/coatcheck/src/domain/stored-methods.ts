import {
  type AuthenticationMethod,
  authenticationMethods,
  type UsedMethod,
} from './authentication.ts'
import type { Instant } from './time.ts'

/** How a session was authenticated, and how it was before its last step-up. */
export interface MethodHistory {
  readonly methods: readonly UsedMethod[]
  readonly previousMethods: readonly UsedMethod[]
}

/** Separates the methods from the previous ones. No comma, with which a store may pack columns. */
const separator = '|'

/** The name of a method of any version of the library. */
const namePattern = /^[a-z0-9_-]{1,32}$/

/** Returns the text that stores keep, such as `pwd:1768469400123 otp:1768469400123`; empty without methods. */
export function formatMethods({ methods, previousMethods }: MethodHistory): string {
  const current = formatList(methods)
  return previousMethods.length === 0
    ? current
    : `${current}${separator}${formatList(previousMethods)}`
}

function formatList(methods: readonly UsedMethod[]): string {
  return methods.map(({ method, at }) => `${method}:${at}`).join(' ')
}

const none: readonly UsedMethod[] = []
const emptyHistory: MethodHistory = { methods: none, previousMethods: none }

/**
 * Parses what `formatMethods` returned, or `null` if it is damaged. Drops methods that this version does not
 * know: another version may have written them, and they must not raise the level.
 */
export function parseMethods(text: string): MethodHistory | null {
  if (text === '') return emptyHistory
  const end = text.indexOf(separator)
  const methods = parseList(end === -1 ? text : text.slice(0, end))
  const previousMethods = end === -1 ? none : parseList(text.slice(end + 1))
  return methods === null || previousMethods === null ? null : { methods, previousMethods }
}

/** Reads entries such as `pwd:1768469400123`, separated by one space. */
function parseList(text: string): readonly UsedMethod[] | null {
  const methods: UsedMethod[] = []
  const unknown: string[] = []
  let start = 0
  while (start < text.length) {
    const colon = indexOf(text, colonCode, start)
    const end = indexOf(text, spaceCode, colon)
    const at = parseInstant(text, colon + 1, end)
    if (at === null || end === text.length - 1) return null
    const method = methodAt(text, start, colon)
    if (method !== null) {
      if (hasMethod(methods, method)) return null
      methods.push({ method, at })
    } else {
      const name = text.slice(start, colon)
      if (!namePattern.test(name) || unknown.includes(name)) return null
      unknown.push(name)
    }
    start = end + 1
  }
  return methods
}

function hasMethod(methods: readonly UsedMethod[], method: AuthenticationMethod): boolean {
  for (const used of methods) if (used.method === method) return true
  return false
}

// The rest creates no strings, because it runs for each record that is read.

const [spaceCode, colonCode, minusCode, zeroCode] = [0x20, 0x3a, 0x2d, 0x30]

/** The position of a character, or the length of the text. */
function indexOf(text: string, code: number, from: number): number {
  let position = from
  while (position < text.length && text.charCodeAt(position) !== code) position += 1
  return position
}

const methodsByKey = new Map(
  authenticationMethods.map((name) => [keyAt(name, 0, name.length), name]),
)

/** A number for a part of a text. Others may have the same. */
function keyAt(text: string, start: number, end: number): number {
  let key = 0
  for (let position = start; position < end; position += 1) {
    key = (key << 5) | (text.charCodeAt(position) & 0x1f)
  }
  return key
}

/** The method whose name is between two positions, or `null` if this version knows none. */
function methodAt(text: string, start: number, end: number): AuthenticationMethod | null {
  const method = methodsByKey.get(keyAt(text, start, end))
  if (method === undefined) return null
  return method.length === end - start && text.startsWith(method, start) ? method : null
}

const maxDigits = 16

/** The whole number between two positions, or `null` for anything else, also one that is not exact. */
function parseInstant(text: string, start: number, end: number): Instant | null {
  const isNegative = text.charCodeAt(start) === minusCode
  const first = isNegative ? start + 1 : start
  if (end <= first || end > first + maxDigits) return null
  let value = 0
  for (let position = first; position < end; position += 1) {
    const digit = text.charCodeAt(position) - zeroCode
    if (digit < 0 || digit > 9) return null
    value = value * 10 + digit
  }
  if (value > Number.MAX_SAFE_INTEGER) return null
  return isNegative ? 0 - value : value
}
