/** One migration of the app's tables, for one database. A released one never changes. */
export interface Migration {
  readonly version: number
  /** Without quotes. */
  readonly name: string
  readonly up: string
  /**
   * Deletes the data of the step, and nothing that the version before stored: what both can store is converted back
   * (docs/upgrades.md).
   */
  readonly down: string
  /** What `down` deletes, for the operator, who decides whether to run it. Default: all data of the step. */
  readonly deletes?: string
}
