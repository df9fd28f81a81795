/**
 * The value of a header in Node's `rawHeaders`, or `null`; of one sent twice both, joined. Node's
 * own `headers` keeps the first Host, Authorization or Content-Type and drops the second.
 */
export function headerValue(rawHeaders: readonly string[], name: string): string | null {
  const wanted = name.toLowerCase()
  let value: string | null = null
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const each = rawHeaders[at] ?? ''
    if (each.length !== wanted.length || each.toLowerCase() !== wanted) continue
    const next = rawHeaders[at + 1] ?? ''
    value = value === null ? next : `${value}${wanted === 'cookie' ? '; ' : ', '}${next}`
  }
  return value
}
