import { createHash, randomBytes } from 'node:crypto'
import type { Secrets } from '../../application/ports/secrets.ts'

/** Asks the operating system's generator. */
export const nodeSecrets: Secrets = {
  bytes: (count) => randomBytes(count),
  id: () => randomBytes(16).toString('base64url'),
  code: () => randomBytes(32).toString('base64url'),
  hash: (text) => createHash('sha256').update(text).digest('base64url'),
}
