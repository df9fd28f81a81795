/** Knows passwords that have come out in breaches elsewhere: guessers try those first (ASVS 5.0 V6.2.12). */
export interface BreachedPasswords {
  /**
   * Whether a normalized password is among them. Answers `false` where it cannot tell, soon, and never
   * rejects: nobody is kept from an account because a list is away.
   */
  includes(password: string): Promise<boolean>
}

/** Where no list is asked: no password is known. */
export const noBreachedPasswords: BreachedPasswords = { includes: async () => false }
