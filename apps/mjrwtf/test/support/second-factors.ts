import { nodeSecrets } from '../../src/adapters/crypto/secrets.ts'
import type { TestApp } from './open-app.ts'

/**
 * Adds an authenticator directly to the database, and returns its id. It counts as a second factor, but its key cannot
 * be decrypted, so it creates no valid code.
 */
export async function addAuthenticator(
  { storage, clock }: Pick<TestApp, 'storage' | 'clock'>,
  userId: string,
): Promise<string> {
  const id = nodeSecrets.id()
  const isSqlite = storage.kind === 'sqlite'
  const key = isSqlite ? `x'00'` : `'\\x00'`
  const instant = isSqlite ? `${clock.now()}` : `to_timestamp(${clock.now() / 1000})`
  await storage.query(`INSERT INTO authenticators
    (id, user_id, name, encrypted_key, key_id, last_step, created_at)
    VALUES ('${id}', '${userId}', 'Phone', ${key}, 'k', 0, ${instant})`)
  return id
}
