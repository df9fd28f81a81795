/** What is kept of a password: a PHC string. */
export type PasswordHash = string

export type HashResult =
  | { readonly status: 'hashed'; readonly hash: PasswordHash }
  | { readonly status: 'busy'; readonly retryAfterSeconds: number }

export type PasswordCheck =
  | { readonly status: 'match'; readonly needsRehash: boolean }
  | { readonly status: 'mismatch' }
  | { readonly status: 'busy'; readonly retryAfterSeconds: number }

/**
 * Hashes passwords slowly. Works on a few at a time, lets a bounded number wait, and answers `busy`
 * beyond that, at once and without having looked at the password.
 */
export interface PasswordHasher {
  /** Hashes a normalized password. */
  hash(password: string): Promise<HashResult>
  /**
   * Decides whether a normalized password belongs to the hash. With `null`, for an account that does
   * not exist, it does the same work and answers `mismatch`. `outdated` asks for a new hash.
   */
  check(password: string, hash: PasswordHash | null): Promise<PasswordCheck>
}
