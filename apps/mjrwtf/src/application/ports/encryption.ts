/** A value that only a process with the right secret key can read. */
export interface EncryptedValue {
  /** Names the secret key, and reveals nothing about it. */
  readonly keyId: string
  readonly ciphertext: Uint8Array
}

export type Decryption =
  | { readonly status: 'decrypted'; readonly plaintext: Uint8Array }
  /** The secret key is not configured: it was removed or lost. */
  | { readonly status: 'missing-key' }
  /** The ciphertext was modified, or belongs to another context. */
  | { readonly status: 'invalid' }

/** Encrypts values that the app must read again, with authentication, under keys that are not in the database. */
export interface Cipher {
  /** Of the key that encrypts. */
  readonly newestKeyId: string
  /** Of the keys that only decrypt. */
  readonly olderKeyIds: readonly string[]
  /**
   * Encrypts with the newest key. `context` says what the value belongs to, such as its user and record: it is not
   * encrypted, and the value decrypts in the same context only.
   */
  encrypt(plaintext: Uint8Array, context: readonly string[]): EncryptedValue
  /** Decrypts with the key that the value names. */
  decrypt(value: EncryptedValue, context: readonly string[]): Decryption
}
