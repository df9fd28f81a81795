import { isOws } from './trim-ows.ts'

/**
 * The values of every cookie of this name in a Cookie header, in order. More than one means that
 * somebody planted a second: the header does not say which is ours (RFC 6265bis section 4.2.2).
 *
 * Names match byte for byte. Only SP and HTAB around a pair are dropped, so `\u2000__Host-session`
 * or `\u00a0__Host-session` stay strangers; `$Version`, quotes and commas mean nothing; a pair
 * without a name is ignored. Nothing is cut out but the values found.
 */
export function cookieValues(header: string | null, name: string): readonly string[] {
  const values: string[] = []
  if (header === null || name === '') return values
  const prefix = `${name}=`
  for (let index = header.indexOf(prefix); index !== -1; ) {
    const start = index + prefix.length
    if (startsPair(header, index)) values.push(valueAt(header, start))
    // No two overlap: a name has no `=`.
    index = header.indexOf(prefix, start)
  }
  return values
}

/** Whether only SP and HTAB lie between the beginning of a pair and here. */
function startsPair(header: string, index: number): boolean {
  let before = index - 1
  while (before >= 0 && isOws(header.charCodeAt(before))) before -= 1
  return before < 0 || header[before] === ';'
}

/** The rest of the pair, without SP and HTAB after it. */
function valueAt(header: string, start: number): string {
  const semicolon = header.indexOf(';', start)
  let end = semicolon === -1 ? header.length : semicolon
  while (end > start && isOws(header.charCodeAt(end - 1))) end -= 1
  return header.slice(start, end)
}
