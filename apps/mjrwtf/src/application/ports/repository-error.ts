/** The database failed or did not answer in time. `cause` holds what lies beneath. Answer 503. */
export class RepositoryError extends Error {
  override readonly name = 'RepositoryError'
  readonly code = 'database-unavailable'
}
