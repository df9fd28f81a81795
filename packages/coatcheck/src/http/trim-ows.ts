/**
 * Without the SP and HTAB around it. `trim()` would also drop what Unicode calls space, and a
 * regular expression would take quadratic time.
 */
export function trimOws(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isOws(text.charCodeAt(start))) start += 1
  while (end > start && isOws(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

/** Whether a character is SP or HTAB. */
export function isOws(code: number): boolean {
  return code === 0x20 || code === 0x09
}
