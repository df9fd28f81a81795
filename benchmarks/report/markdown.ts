/** A Markdown table with right-aligned numbers. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const isNumeric = (column: number) =>
    rows.length > 0 && rows.every((row) => /^[-\d–—]/.test(row[column] ?? ''))
  const rule = heads.map((_, column) => (isNumeric(column) ? '---:' : '---'))
  return [heads, rule, ...rows].map(line).join('\n')
}

/** Three significant digits, with thousands separated: 0.123, 1.23, 12.3, 123, 12 345. */
export function number(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '—'
  const digits = Math.min(Math.max(2 - Math.floor(Math.log10(Math.abs(value))), 0), 2)
  return value.toFixed(value === 0 ? 0 : digits).replaceAll(/\B(?=(\d{3})+$)/g, ' ')
}
