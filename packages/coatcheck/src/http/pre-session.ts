import { createHmac } from 'node:crypto'
import type { RandomSource } from '../ports/random-source.ts'
import { createKeyring } from './keyring.ts'

/**
 * Binds the CSRF tokens of a visitor without a session. Its cookie is no session token and has
 * not the shape of one, so it can never sign in.
 */
export interface PreSession {
  /** A new cookie value. */
  issue(): string
  /** The CSRF secret behind a cookie value, or `null` if we did not issue it. */
  csrfSecret(value: string): Uint8Array | null
}

const valuePattern = /^([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{43})$/

export function createPreSession(keys: readonly string[], random: RandomSource): PreSession {
  const keyring = createKeyring(keys, 'pre-session')
  return {
    issue() {
      const seed = Buffer.from(random.bytes(32)).toString('base64url')
      return `${seed}.${keyring.sign(seed)}`
    },
    csrfSecret(value) {
      const [, seed = '', signature = ''] = valuePattern.exec(value) ?? []
      if (!keyring.verify(seed, signature)) return null
      return createHmac('sha256', seed).update('csrf token').digest()
    },
  }
}
