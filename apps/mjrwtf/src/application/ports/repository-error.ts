/** The database failed or did not respond in time. `cause` is the original error. Respond with 503. */
export class RepositoryError extends Error {
  override readonly name = 'RepositoryError'
  readonly code = 'database-unavailable'
}
