import type { Instant } from './time.ts'

/**
 * How a user has authenticated: the names that RFC 8176 registers for `amr`, and `fed`, a sign-in at another
 * identity provider, which has no name there.
 */
export type AuthenticationMethod =
  /** A password. */
  | 'pwd'
  /** A one-time code: from an authenticator app or a hardware token, or a recovery code. */
  | 'otp'
  /** A code by text message. A restricted authenticator (SP 800-63B-4 section 3.2.9). */
  | 'sms'
  /** A call to a phone. Restricted too. */
  | 'tel'
  /** Possession of a key in hardware, from which it cannot be exported, as attested. */
  | 'hwk'
  /** Possession of a key in software: a passkey, unless an attestation shows that hardware protects it. */
  | 'swk'
  /** Possession of a key of unknown kind. */
  | 'pop'
  /** A smart card. */
  | 'sc'
  /** A PIN that unlocks a key on the device of the user. Counts only together with a key. */
  | 'pin'
  /** Biometrics that unlock a key: fingerprint, face, iris, retina, voice. Count only together with a key. */
  | 'fpt'
  | 'face'
  | 'iris'
  | 'retina'
  | 'vbm'
  /** Presence: the user touched the device. No factor of its own. */
  | 'user'
  /** Two factors in one step: a passkey with user verification, or what a trusted identity provider asserts. */
  | 'mfa'
  /** More than one channel. No factor of its own. */
  | 'mca'
  /** Signals, no factors: knowledge of personal facts, location, risk, a Windows sign-in. */
  | 'kba'
  | 'geo'
  | 'rba'
  | 'wia'
  /** A sign-in at another identity provider. */
  | 'fed'

/** A method, and when the user last authenticated with it in this session. */
export interface UsedMethod {
  readonly method: AuthenticationMethod
  readonly at: Instant
}

/** Authentication assurance level of SP 800-63B-4. A session whose methods are unknown has level 1. */
export type AssuranceLevel = 1 | 2 | 3
