export interface RecountResult {
  /** Links whose counts were computed. */
  readonly links: number
  /** Links and users whose counts were wrong. */
  readonly corrected: number
}

/**
 * Computes counts from the stored clicks and links. Each step changes one day, one link or one user in one transaction,
 * so requests and new clicks may continue meanwhile. Rejects with `RepositoryError` only; a repeated call completes it.
 */
export interface Recount {
  /** All counts. A repair: counts change in the transaction that adds a click, so they are right unless rows were edited by hand. */
  all(): Promise<RecountResult>
  /** The counts of links that a migration has marked. Call it before the first request. */
  pending(): Promise<RecountResult>
}
