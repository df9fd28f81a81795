/**
 * The value of a header in Node's `rawHeaders`, or `null`; of one sent twice both, joined. Node's
 * own `headers` keeps the first Host, Authorization or Content-Type and drops the second.
 */
export function headerValue(rawHeaders: readonly string[], name: string): string | null {
  const lowerCaseName = name.toLowerCase()
  let value: string | null = null
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const candidate = rawHeaders[index] ?? ''
    if (candidate.length !== lowerCaseName.length || candidate.toLowerCase() !== lowerCaseName)
      continue
    const next = rawHeaders[index + 1] ?? ''
    value = value === null ? next : `${value}${lowerCaseName === 'cookie' ? '; ' : ', '}${next}`
  }
  return value
}
