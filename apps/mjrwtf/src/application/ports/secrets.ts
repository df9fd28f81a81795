/** Makes what nobody can predict, and the form in which it is kept. */
export interface Secrets {
  /** Fresh random bytes. */
  bytes(count: number): Uint8Array
  /** A new id: 16 random bytes as 22 characters of base64url. */
  id(): string
  /** A new one-time code: 32 random bytes as 43 characters of base64url. */
  code(): string
  /** SHA-256 in base64url: the only form in which a code, or what somebody typed as an address, is kept. */
  hash(text: string): string
}
