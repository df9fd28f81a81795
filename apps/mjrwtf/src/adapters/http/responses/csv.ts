/** One line of CSV (RFC 4180) with its line ending. `null` is an empty cell. */
export function csvLine(cells: readonly (string | number | boolean | null)[]): string {
  return `${cells.map((value) => cell(String(value ?? ''))).join(',')}\r\n`
}

/**
 * A spreadsheet runs text that begins like a formula, and values such as user agents are attacker-controlled. A leading
 * apostrophe makes them text (ASVS 5.0 V1.2.10).
 */
function cell(text: string): string {
  const line = text.replace(/[\p{Zl}\p{Zp}\p{C}]+/gu, ' ')
  const escaped = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/u.test(line) ? `'${line}` : line
  return `"${escaped.replaceAll('"', '""')}"`
}
