/** Writes a Markdown table; the first column is text, the others are numbers. */
export function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = head.map((_, index) => (index === 0 ? '---' : '---:'))
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** Three significant digits, with thousands separated. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return '–'
  return Number(value.toPrecision(3)).toLocaleString('en', { maximumSignificantDigits: 3 })
}

export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB']
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(value) / 3)))
  return `${number(value / 1_000 ** step)} ${units[step]}`
}

export function ratio(value: number): string {
  return `${value.toFixed(2)} x`
}

export function sessions(count: number): string {
  if (count >= 1_000_000) return `${count / 1_000_000} M`
  return `${count / 1_000} k`
}
