/** How log lines are written: `json` for programs, `text` for a terminal. */
export type LogFormat = 'text' | 'json'

/** Fields of every line that the beginning of its text contains, or that are the same in all. */
const leading: ReadonlySet<string> = new Set(['time', 'level', 'msg', 'service', 'error'])

/** ANSI colors of levels. The others have none. */
const colors: Readonly<Record<string, number>> = { warn: 33, error: 31, fatal: 31 }

/**
 * A JSON line of the log as text: local time, level, message and fields, and below them the stacks of an error and its
 * causes. A line that is no JSON object is returned unchanged. Values cannot contain line breaks or control characters.
 */
export function toText(line: string, { isColored }: { readonly isColored: boolean }): string {
  const entry = parseObject(line)
  if (entry === null) return line
  const level = String(entry.level ?? 'info')
  const color = isColored ? colors[level] : undefined
  const name = level.toUpperCase().padEnd(5)
  const shownLevel = color === undefined ? name : `\u001b[${color}m${name}\u001b[0m`
  const fields = Object.entries(entry).flatMap(([key, value]) =>
    leading.has(key) || value === null ? [] : [`${plain(key)}=${toValue(value)}`],
  )
  const message = plain(String(entry.msg ?? ''))
  const head = [localTime(entry.time), shownLevel, message, ...fields].join(' ')
  return `${[head, ...errorLines(entry.error)].join('\n')}\n`
}

type Fields = Readonly<Record<string, unknown>>

function parseObject(line: string): Fields | null {
  try {
    return asFields(JSON.parse(line))
  } catch {
    return null
  }
}

function asFields(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value))
    : null
}

/** In the zone of the machine, whose operator reads it. */
function localTime(time: unknown): string {
  const date = new Date(String(time))
  const pad = (part: number) => String(part).padStart(2, '0')
  if (Number.isNaN(date.getTime())) return '--:--:--'
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(pad).join(':')
}

function toValue(value: unknown): string {
  if (typeof value === 'string' && /^[\w.:/@+-]+$/.test(value)) return value
  return plain(JSON.stringify(value))
}

/** Removes what a terminal would interpret. JSON escapes only the control characters below 32. */
function plain(text: string): string {
  return text.replaceAll(/\p{C}/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}

function errorLines(error: unknown, depth = 0): readonly string[] {
  const fields = asFields(error)
  if (fields === null || depth > 5) return []
  const text = String(fields.stack ?? `${fields.name}: ${fields.message}`)
  const lines = text.split('\n').map((line) => `    ${plain(line)}`)
  const [first = '', ...stack] = lines
  const label = depth === 0 ? first : `    caused by ${first.trimStart()}`
  return [label, ...stack, ...errorLines(fields.cause, depth + 1)]
}
