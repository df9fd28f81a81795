/** Tables that a database creates for itself, or that only one of the two databases has. They are never copied. */
const localTables: readonly RegExp[] = [
  // Versions of the schema: part of the header.
  /^(?:app|session)_migrations$/,
  // Caches of running processes read it, and none runs while it is replaced.
  /^session_changes$/,
  // When any process started the latest sweep. PostgreSQL only.
  /^session_sweeps$/,
  // The salt of a day: deleted after it, which a backup would not be.
  /^visitor_salts$/,
  // The search index of SQLite. It is built from the links.
  /^link_search(?:_|$)/,
  // Sequences: part of the header.
  /^sqlite_/,
]

/** Whether the rows of a table are copied: of all but those that the databases create themselves. */
export function isCopied(table: string): boolean {
  return !localTables.some((pattern) => pattern.test(table))
}

/**
 * Tables of which a restore adds no rows by default: what they contain may have been ended, revoked or used since the
 * backup, and would be valid again.
 */
export const tablesOfAccess: ReadonlySet<string> = new Set([
  'sessions',
  'session_pending_sign_ins',
  'session_grants',
  'provider_sessions',
  'trusted_browsers',
  'authorization_codes',
  'device_authorizations',
  'email_tokens',
  'email_changes',
  'sms_codes',
])
