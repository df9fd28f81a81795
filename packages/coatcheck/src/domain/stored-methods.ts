import { isAuthenticationMethod, type UsedMethod } from './authentication.ts'

/** How a session was authenticated, and how it was before its last step-up. */
export interface MethodHistory {
  readonly methods: readonly UsedMethod[]
  readonly previousMethods: readonly UsedMethod[]
}

/** Separates the methods from the previous ones. No comma, with which a store may pack columns. */
const separator = '|'

/** A method of any version of the library, and an instant. */
const entryPattern = /^([a-z0-9_-]{1,32}):(-?\d{1,16})$/

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

/**
 * Parses what `formatMethods` returned, or `null` if it is damaged. Drops methods that this version does not
 * know: another version may have written them, and they must not raise the level.
 */
export function parseMethods(text: string): MethodHistory | null {
  const [current = '', previous = '', ...rest] = text.split(separator)
  const methods = parseList(current)
  const previousMethods = parseList(previous)
  if (methods === null || previousMethods === null || rest.length > 0) return null
  return { methods, previousMethods }
}

function parseList(text: string): readonly UsedMethod[] | null {
  const methods: UsedMethod[] = []
  const names = new Set<string>()
  for (const entry of text === '' ? [] : text.split(' ')) {
    const [, name = '', digits] = entryPattern.exec(entry) ?? []
    const at = Number(digits)
    if (!Number.isSafeInteger(at) || names.has(name)) return null
    names.add(name)
    if (isAuthenticationMethod(name)) methods.push({ method: name, at })
  }
  return methods
}
