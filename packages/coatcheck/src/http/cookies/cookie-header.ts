/**
 * Returns the values of every cookie of this name in a Cookie header, in order. More than one means
 * that a second one was injected; the header does not show which is ours (RFC 6265bis section 4.2.2).
 *
 * Names match byte for byte. Only SP and HTAB around a pair are trimmed, so `\u2000__Host-session`
 * and `\u00a0__Host-session` do not match; `$Version`, quotes and commas have no special meaning;
 * pairs without a name are ignored. Only the values found are copied out of the header.
 */
export function cookieValues(header: string | null, name: string): readonly string[] {
  const values: string[] = []
  if (header === null || name === '') return values
  const prefix = `${name}=`
  for (let index = header.indexOf(prefix); index !== -1; ) {
    const start = index + prefix.length
    if (startsPair(header, index)) values.push(valueAt(header, start))
    // Matches cannot overlap: a name contains no `=`.
    index = header.indexOf(prefix, start)
  }
  return values
}

/** Returns the names in a Cookie header that match, in order and each once. */
export function cookieNames(header: string | null, pattern: RegExp): readonly string[] {
  const names = (header ?? '').split(';').map((pair) => trimOws(pair.split('=', 1)[0] ?? ''))
  return [...new Set(names)].filter((name) => pattern.test(name))
}

/** Whether only SP and HTAB precede this index in its pair. */
function startsPair(header: string, index: number): boolean {
  let before = index - 1
  while (before >= 0 && isOws(header.charCodeAt(before))) before -= 1
  return before < 0 || header[before] === ';'
}

/** The rest of the pair, without trailing SP and HTAB. */
function valueAt(header: string, start: number): string {
  const semicolon = header.indexOf(';', start)
  let end = semicolon === -1 ? header.length : semicolon
  while (end > start && isOws(header.charCodeAt(end - 1))) end -= 1
  return header.slice(start, end)
}

/**
 * Trims optional whitespace (OWS, RFC 9110 section 5.6.3): SP and HTAB. `trim()` also removes
 * Unicode whitespace, and a regular expression would need quadratic time.
 */
export function trimOws(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isOws(text.charCodeAt(start))) start += 1
  while (end > start && isOws(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

function isOws(code: number): boolean {
  return code === 0x20 || code === 0x09
}
