import type { UserCode } from '../../domain/device-authorization.ts'

/** Generates unpredictable values, and hashes them for storage. */
export interface Secrets {
  /** New random bytes. */
  bytes(count: number): Uint8Array
  /** A new id: 16 random bytes as 22 characters of base64url. */
  id(): string
  /** A new one-time code: 32 random bytes as 43 characters of base64url. */
  code(): string
  /** A new code to type: six digits, each of the million codes with the same probability. */
  sixDigits(): string
  /** A new user code of a device: each of the possible ones with the same probability. */
  userCode(): UserCode
  /** SHA-256 in base64url. Codes, and emails as typed, are stored only in this form. */
  hash(text: string): string
  /** Compares two hashes. The time does not depend on where they differ. */
  isEqual(one: string, other: string): boolean
}

/**
 * Signs text that the client sends back. A signature does not hide the text and does not authenticate the client: it
 * only shows that this app produced the text. A signature for one purpose is invalid for another.
 */
export interface Signer {
  /** The text and its signature: the characters of the text, a dot, and 43 of base64url. */
  sign(purpose: string, text: string): string
  /** Returns the text if one of the current keys signed it for that purpose, else `null`. */
  verify(purpose: string, signed: string): string | null
}

/**
 * Hashes short codes for storage, with the secret keys: with only the database, no code can be found by trying all.
 * Put everything that the code is bound to into `text`.
 */
export interface CodeHasher {
  /** HMAC-SHA-256 in base64url, with the newest key. */
  hash(text: string): string
  /** The hashes with each current key. A stored hash is one of them if the text matches. */
  hashes(text: string): readonly string[]
}
