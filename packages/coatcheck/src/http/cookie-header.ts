import { trimBlanks } from './trim-blanks.ts'

/**
 * The values of every cookie of this name in a Cookie header, in order. More than one means that
 * somebody planted a second: the header does not say which is ours (RFC 6265bis section 4.2.2).
 *
 * Names match byte for byte. Only SP and HTAB around a pair are dropped, so `\u2000__Host-session` or
 * `\u00a0__Host-session` stay strangers; `$Version`, quotes and commas mean nothing; a pair without a name is
 * ignored. One pass, and nothing is kept but the values found.
 */
export function cookieValues(header: string | null, name: string): readonly string[] {
  const values: string[] = []
  if (header === null || name === '') return values
  const prefix = `${name}=`
  let start = 0
  while (start <= header.length) {
    const semicolon = header.indexOf(';', start)
    const end = semicolon === -1 ? header.length : semicolon
    const pair = trimBlanks(header.slice(start, end))
    if (pair.startsWith(prefix)) values.push(pair.slice(prefix.length))
    start = end + 1
  }
  return values
}
