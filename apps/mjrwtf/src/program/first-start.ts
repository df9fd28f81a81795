import { readOrCreateSecretKeys, secretKeysFile } from '../adapters/crypto/secret-keys.ts'
import type { Config } from '../config/config.ts'
import type { Features } from './features.ts'
import { StartError } from './start-error.ts'

/** Returns `SECRET_KEYS`, or the keys in the file beside the SQLite database, which it creates if missing. */
export function loadSecretKeys({ secretKeys, database }: Config): readonly string[] {
  if (secretKeys !== null) return secretKeys
  if (database.kind !== 'sqlite') throw new StartError('SECRET_KEYS must be set.')
  const result = readOrCreateSecretKeys(secretKeysFile(database.file))
  if (result.status === 'failed') throw new StartError(result.message)
  return result.keys
}

/** Prints the base URL, the redirect URIs to register at providers, and the set-up link, unless the first account exists. */
export function printStartMessage(
  { baseUrl }: Config,
  { identities }: Pick<Features, 'identities'>,
  setUpCode: string | null,
): void {
  process.stdout.write(`mjr.wtf is running at ${baseUrl}\n`)
  for (const { id, name } of identities.listProviders()) {
    process.stdout.write(`Sign-in with ${name}. Redirect URI: ${baseUrl}/login/${id}/callback\n`)
  }
  if (setUpCode === null) return
  const link = `${baseUrl}/setup?code=${encodeURIComponent(setUpCode)}`
  process.stdout.write(
    `Create your administrator account (link valid for 24 hours, works once): ${link}\n`,
  )
}
