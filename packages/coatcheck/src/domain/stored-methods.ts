import { isAuthenticationMethod, type UsedMethod } from './authentication.ts'

/** How a session was authenticated, and how it was before its last step-up. */
export interface MethodHistory {
  readonly methods: readonly UsedMethod[]
  readonly previousMethods: readonly UsedMethod[]
}

/** Separates the methods from the previous ones. No comma, with which a store may pack columns. */
const separator = '|'

/** The name of a method of any version of the library, and an instant. */
const entryPattern = /([a-z0-9_-]{1,32}):(-?\d{1,16})(?: (?!$)|$)/y

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

/** One pass, because it runs for each record that is read. */
function parseList(text: string): readonly UsedMethod[] | null {
  const methods: UsedMethod[] = []
  const names: string[] = []
  entryPattern.lastIndex = 0
  while (entryPattern.lastIndex < text.length) {
    const [, name = '', digits] = entryPattern.exec(text) ?? []
    const at = Number(digits)
    if (!Number.isSafeInteger(at) || names.includes(name)) return null
    names.push(name)
    if (isAuthenticationMethod(name)) methods.push({ method: name, at })
  }
  return methods
}
