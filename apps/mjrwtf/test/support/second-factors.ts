import type { TestApp } from './open-app.ts'

/** Adds an authenticator directly to the database. Its key cannot be decrypted, so it creates no valid code. */
export async function addAuthenticator(app: TestApp, userId: string): Promise<void> {
  const { kind } = app.storage
  const at = app.clock.now()
  const key = kind === 'sqlite' ? `x'00'` : `'\\x00'`
  const instant = kind === 'sqlite' ? `${at}` : `to_timestamp(${at / 1000})`
  await app.storage.query(`INSERT INTO authenticators
    (id, user_id, name, encrypted_key, key_id, last_step, created_at)
    VALUES ('authenticator of ${userId}', '${userId}', 'Phone', ${key}, 'k', 0, ${instant})`)
}
