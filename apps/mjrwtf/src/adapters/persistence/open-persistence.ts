import type { RevocationChannel, SessionStore } from 'coatcheck'
import type { RateLimiter } from '../../application/ports/rate-limiter.ts'
import { openPostgres } from './open-postgres.ts'
import { openSqlite } from './open-sqlite.ts'
import type { Repositories } from './repositories.ts'

/** Everything that is kept, on one database. */
export interface Persistence extends Repositories {
  readonly rateLimiter: RateLimiter
  readonly sessionStore: SessionStore
  /** Tells of changes to sessions, whichever process makes them. */
  readonly revocationChannel: RevocationChannel
  /** Whether the database answers within that many milliseconds. Never rejects. */
  ping(timeout: number): Promise<boolean>
  /** Ends all connections. Stop what writes first: sessions, and the click recorder. */
  close(): Promise<void>
}

export type DatabaseLocation =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string }

/**
 * Opens the database and brings its tables up to date, under a lock. Rejects with `PersistenceError`
 * when the operator has to do something about it.
 */
export async function openPersistence(location: DatabaseLocation): Promise<Persistence> {
  return location.kind === 'sqlite' ? openSqlite(location.file) : openPostgres(location.url)
}
