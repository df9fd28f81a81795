import type { Passkey } from '../../domain/passkey.ts'
import type { User } from '../../domain/user.ts'

/** What names a passkey to a browser. */
export type PasskeyDescriptor = Pick<Passkey, 'id' | 'transports'>

export interface RegistrationOptions {
  /** base64url. */
  readonly challenge: string
  readonly user: Pick<User, 'id' | 'email'>
  /** Passkeys that the user has: their authenticators refuse to create another. */
  readonly existing: readonly PasskeyDescriptor[]
}

export interface AssertionOptions {
  /** base64url. */
  readonly challenge: string
  /** Passkeys that may respond. Empty: any passkey that names its user by itself. */
  readonly allowed: readonly PasskeyDescriptor[]
}

/** A registration whose every check succeeded. */
export interface VerifiedRegistration {
  readonly id: string
  readonly publicKey: Uint8Array
  readonly counter: number
  readonly transports: readonly string[]
  readonly canSync: boolean
  readonly isSynced: boolean
  /** Whether the authenticator verified the user: by PIN or biometrics, instead of only a touch. */
  readonly isUserVerified: boolean
  readonly aaguid: string
}

/** What an assertion claims before it is verified. */
export interface PresentedAssertion {
  readonly passkeyId: string
  /** The id of the user to whom the authenticator says it belongs; `null` if it does not say. */
  readonly userHandle: string | null
}

/** What an assertion must match. */
export interface ExpectedAssertion {
  readonly challenge: string
  /** `null` if no passkey has the id: the result is then `null`, after the same work. */
  readonly passkey: AssertingPasskey | null
}

export interface AssertingPasskey {
  readonly id: string
  readonly publicKey: Uint8Array
  readonly canSync: boolean
}

/** An assertion whose every check succeeded, except that of the counter, which only the database can decide. */
export interface VerifiedAssertion {
  readonly counter: number
  readonly isSynced: boolean
  readonly isUserVerified: boolean
}

/**
 * The checks of WebAuthn Level 3 sections 7.1 and 7.2 that need no database. `response`: the JSON of a
 * `PublicKeyCredential`, as the client sent it. `null`: a check failed. Never rejects because of a response.
 */
export interface WebAuthn {
  /** JSON for `PublicKeyCredential.parseCreationOptionsFromJSON`. */
  registrationOptions(options: RegistrationOptions): string
  /** JSON for `PublicKeyCredential.parseRequestOptionsFromJSON`. */
  assertionOptions(options: AssertionOptions): string
  verifyRegistration(response: string, challenge: string): Promise<VerifiedRegistration | null>
  readAssertion(response: string): PresentedAssertion | null
  verifyAssertion(response: string, expected: ExpectedAssertion): Promise<VerifiedAssertion | null>
}
