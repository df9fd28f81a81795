import { isLoopback } from './values.ts'

/** Where the database is. */
export type DatabaseConfig =
  /** `file` may be relative to the working directory. */
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string }

/** In words, for the message about a value that cannot be used. */
export const databaseUrlHelp =
  'sqlite:PATH of a file, or postgres://USER:PASSWORD@HOST/NAME; on another machine with ' +
  '?sslmode=verify-full, or ?sslmode=disable where nobody else is on the network'

/** Reads DATABASE_URL. */
export function databaseLocation(text: string): DatabaseConfig | null {
  if (text.startsWith('sqlite:')) return sqliteLocation(text)
  return /^postgres(ql)?:\/\//.test(text) ? postgresLocation(text) : null
}

function sqliteLocation(text: string): DatabaseConfig | null {
  const file = text.slice('sqlite:'.length).replace(/^\/\//, '')
  // A database in memory would lose every account with the process.
  return file === '' || file.includes(':memory:') ? null : { kind: 'sqlite', file }
}

/**
 * On another machine the connection must be encrypted and the server's certificate verified, or the
 * opposite be said in so many words (ASVS 5.0 V12.3.1, V12.3.2).
 */
function postgresLocation(text: string): DatabaseConfig | null {
  if (!URL.canParse(text)) return null
  const url = new URL(text)
  const mode = url.searchParams.get('sslmode')
  const isLocal = url.hostname === '' || isLoopback(url.hostname)
  if (mode === 'require' || mode === 'verify-ca' || mode === 'verify-full') {
    // The driver verifies in full for all three, and warns about the first two.
    url.searchParams.set('sslmode', 'verify-full')
    return { kind: 'postgres', url: url.href }
  }
  if (!isLocal && mode !== 'disable') return null
  return { kind: 'postgres', url: text }
}

/** The value without its password, or nothing of it when it cannot be told where that is. */
export function withoutPassword(text: string): string {
  if (text.startsWith('sqlite:')) return text
  if (!URL.canParse(text)) return `(hidden, ${text.length} characters)`
  const url = new URL(text)
  const parameters = url.search === '' ? '' : '?…'
  const credentials = url.username === '' && url.password === '' ? '' : '***@'
  return `${url.protocol}//${credentials}${url.host}${url.pathname}${parameters}`
}
