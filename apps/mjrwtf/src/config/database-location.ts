import type { DatabaseLocation } from '../adapters/persistence/persistence.ts'
import { isLoopbackHost } from '../domain/ip-address.ts'

/** The accepted values, for error messages. */
export const databaseUrlHelp =
  'sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME; for another host add ?sslmode=verify-full, or ' +
  '?sslmode=disable on a private network'

/** Reads DATABASE_URL. */
export function databaseLocation(text: string): DatabaseLocation | null {
  if (text.startsWith('sqlite:')) return sqliteLocation(text)
  return /^postgres(ql)?:\/\//.test(text) ? postgresLocation(text) : null
}

function sqliteLocation(text: string): DatabaseLocation | null {
  const file = text.slice('sqlite:'.length).replace(/^\/\//, '')
  // An in-memory database would lose all accounts when the process stops.
  return file === '' || file.includes(':memory:') ? null : { kind: 'sqlite', file }
}

/**
 * A connection to another host must be encrypted and verify the server's certificate, unless sslmode=disable is
 * explicit (ASVS 5.0 V12.3.1, V12.3.2).
 */
function postgresLocation(text: string): DatabaseLocation | null {
  if (!URL.canParse(text)) return null
  const url = new URL(text)
  const mode = url.searchParams.get('sslmode')
  const isLocal = url.hostname === '' || isLoopbackHost(url.hostname)
  if (mode === 'require' || mode === 'verify-ca' || mode === 'verify-full') {
    // The driver treats all three as verify-full, and warns about the first two.
    url.searchParams.set('sslmode', 'verify-full')
    return { kind: 'postgres', url: url.href }
  }
  if (!isLocal && mode !== 'disable') return null
  return { kind: 'postgres', url: text }
}

/** The value without its password. Hidden completely if the password cannot be located. */
export function withoutPassword(text: string): string {
  if (text.startsWith('sqlite:')) return text
  if (!URL.canParse(text)) return `(hidden, ${text.length} characters)`
  const url = new URL(text)
  const parameters = url.search === '' ? '' : '?…'
  const credentials = url.username === '' && url.password === '' ? '' : '***@'
  return `${url.protocol}//${credentials}${url.host}${url.pathname}${parameters}`
}
