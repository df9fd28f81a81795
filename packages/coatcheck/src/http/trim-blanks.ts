/**
 * Without the SP and HTAB around it. `trim()` would also drop what Unicode calls space, and a
 * regular expression would take quadratic time.
 */
export function trimBlanks(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && isBlank(text.charCodeAt(from))) from += 1
  while (to > from && isBlank(text.charCodeAt(to - 1))) to -= 1
  return text.slice(from, to)
}

/** Whether a character is SP or HTAB. */
export function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}
