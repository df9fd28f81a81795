import type { Account, TestApp } from './open-app.ts'

/**
 * An account that has no password, as a new user of an external provider. Its sessions stay: a test signs in before, or
 * in another way.
 */
export async function removePassword({ storage }: TestApp, account: Account): Promise<Account> {
  await storage.query(`UPDATE users SET password_hash = '' WHERE id = '${account.id}'`)
  return { ...account, hasPassword: false }
}
