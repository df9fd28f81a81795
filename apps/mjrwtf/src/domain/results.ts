/** What is wrong with one field of a request, in words for the person who filled it in. */
export interface FieldError<Field extends string> {
  readonly field: Field
  readonly message: string
}

/** A request that cannot be carried out as it stands; every wrong field is listed, each once. */
export interface Invalid<Field extends string> {
  readonly status: 'invalid'
  readonly fields: readonly FieldError<Field>[]
}

/** Too many attempts: ask again after a while (HTTP 429 with Retry-After). */
export interface Throttled {
  readonly status: 'throttled'
  /** At least 1. */
  readonly retryAfterSeconds: number
}

/** Too much password work is waiting at the moment (HTTP 503 with Retry-After). */
export interface Busy {
  readonly status: 'busy'
  /** At least 1. */
  readonly retryAfterSeconds: number
}
