import {
  authenticatorUri,
  defaultAuthenticatorName,
  encodeBase32,
  enrollmentLifetime,
  maxAuthenticators,
} from '../../domain/authenticator.ts'
import type { Instant } from '../../domain/time.ts'
import { totp } from '../../domain/totp.ts'
import type { User } from '../../domain/user.ts'
import type { Cipher } from '../ports/encryption.ts'
import type { AuthenticatorsDependencies } from './dependencies.ts'

/** A new key, before its first code. It is not stored and has no effect. */
export interface OpenEnrollment {
  /** Id of the authenticator if it is added, so that each enrollment adds at most one. */
  readonly id: string
  readonly key: Uint8Array
}

/** What the browser shows and sends back. The key is secret: only a response to a POST may contain it. */
export interface Enrollment {
  /** For a hidden field: the encrypted key. */
  readonly token: string
  /** The key in base32, for typing. */
  readonly key: string
  /** Content of the QR code. */
  readonly uri: string
}

/** The browser session that enrolls. */
export interface EnrollmentBinding {
  readonly user: Pick<User, 'id' | 'email'>
  readonly sessionId: string
}

export type BeginEnrollmentResult =
  | { readonly status: 'begun'; readonly enrollment: Enrollment; readonly name: string }
  /** The user has the maximum of authenticators. */
  | { readonly status: 'too-many' }

/** Creates a key for a new authenticator. Stores nothing: the key is in the page only, encrypted in the token. */
export type BeginEnrollment = (binding: EnrollmentBinding) => Promise<BeginEnrollmentResult>

type Dependencies = Pick<
  AuthenticatorsDependencies,
  'authenticators' | 'cipher' | 'secrets' | 'clock' | 'siteHost'
>

export function createBeginEnrollment(dependencies: Dependencies): BeginEnrollment {
  const { authenticators, secrets, clock } = dependencies
  return async function beginEnrollment({ user, sessionId }) {
    const existing = await authenticators.list(user.id)
    if (existing.length >= maxAuthenticators) return { status: 'too-many' }
    const opened = { id: secrets.id(), key: secrets.bytes(totp.keyBytes) }
    const expiresAt = clock.now() + enrollmentLifetime
    const token = encryptEnrollment(dependencies.cipher, { ...opened, user, sessionId, expiresAt })
    const name = defaultAuthenticatorName(existing.map((each) => each.name))
    return { status: 'begun', enrollment: describe(dependencies, { ...opened, user, token }), name }
  }
}

type DescribedEnrollment = Pick<OpenEnrollment, 'key'> &
  Pick<EnrollmentBinding, 'user'> &
  Pick<Enrollment, 'token'>

/** The enrollment as the page shows it. */
export function describe(
  { siteHost }: Pick<Dependencies, 'siteHost'>,
  { key, user, token }: DescribedEnrollment,
): Enrollment {
  const uri = authenticatorUri({ key, issuer: siteHost, account: user.email })
  return { token, key: encodeBase32(key), uri }
}

interface EnrollmentTicket extends OpenEnrollment, EnrollmentBinding {
  readonly expiresAt: Instant
}

/** The id and the expiry are readable. The tag protects them, like the user and the session. */
function encryptEnrollment(cipher: Cipher, { key, ...ticket }: EnrollmentTicket): string {
  const { id, expiresAt } = ticket
  const { keyId, ciphertext } = cipher.encrypt(key, contextOf(ticket))
  return [id, expiresAt, keyId, Buffer.from(ciphertext).toString('base64url')].join('.')
}

function contextOf({ id, user, sessionId, expiresAt }: Omit<EnrollmentTicket, 'key'>) {
  return ['enrollment', user.id, sessionId, id, String(expiresAt)]
}

/** Returns `null` unless the token is from this user and session and has not expired. */
export function openEnrollment(
  { cipher, clock }: Pick<Dependencies, 'cipher' | 'clock'>,
  token: string,
  binding: EnrollmentBinding,
): OpenEnrollment | null {
  const [id = '', expiry = '', keyId = '', ciphertext = ''] = token.split('.')
  const expiresAt = Number(expiry)
  const value = { keyId, ciphertext: Buffer.from(ciphertext, 'base64url') }
  const decrypted = cipher.decrypt(value, contextOf({ ...binding, id, expiresAt }))
  if (decrypted.status !== 'decrypted' || clock.now() >= expiresAt) return null
  return { id, key: decrypted.plaintext }
}
