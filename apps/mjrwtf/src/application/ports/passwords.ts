/** A password hash as stored: a PHC string. */
export type PasswordHash = string

export type HashResult =
  | { readonly status: 'hashed'; readonly hash: PasswordHash }
  | { readonly status: 'busy'; readonly retryAfterSeconds: number }

export type PasswordCheck =
  | { readonly status: 'match'; readonly needsRehash: boolean }
  | { readonly status: 'mismatch' }
  | { readonly status: 'busy'; readonly retryAfterSeconds: number }

/**
 * Hashes passwords with a slow algorithm. A few hashes run in parallel, leaving a core to other requests. A bounded
 * number wait for a bounded time, and the clients take turns; beyond that it returns `busy` without using the password.
 * `ipAddress` is that of the client.
 */
export interface PasswordHasher {
  /** Hashes a normalized password. */
  hash(password: string, ipAddress: string | null): Promise<HashResult>
  /**
   * Compares a normalized password with a hash. `null` stands for an account that does not exist or has no password: it
   * does the same work and returns `mismatch`. `needsRehash` asks for a new hash.
   */
  check(
    password: string,
    hash: PasswordHash | null,
    ipAddress: string | null,
  ): Promise<PasswordCheck>
}

/** Finds passwords that were exposed in data breaches: attackers try those first (ASVS 5.0 V6.2.12). */
export interface BreachedPasswords {
  /**
   * Whether the normalized password is in the list. If the list is unreachable it returns `false` after a short
   * timeout and never rejects: an outage must not keep users out.
   */
  includes(password: string): Promise<boolean>
}

/** For a server without a list. */
export const noBreachedPasswords: BreachedPasswords = { includes: async () => false }
