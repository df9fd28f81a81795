import { SessionError } from '../../domain/errors.ts'
import type { SqliteDatabase } from './database.ts'

const roles = new WeakMap<SqliteDatabase, 'store' | 'channel'>()

/**
 * Takes a connection for a store or for channels. SQLite tells a connection of every commit but its
 * own, so a channel on the store's would not hear of what is done there. Throws `invalid-option`.
 */
export function claimConnection(database: SqliteDatabase, role: 'store' | 'channel'): void {
  const claimedRole = roles.get(database) ?? role
  if (claimedRole !== role) {
    throw new SessionError(
      'invalid-option',
      'The revocation channel needs a connection of its own: open the file once more for it',
    )
  }
  roles.set(database, role)
}
