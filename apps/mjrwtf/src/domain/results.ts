/** A problem with one field of a request. `message` is shown to the user. */
export interface FieldError<Field extends string> {
  readonly field: Field
  readonly message: string
}

/** The result of parsing one field. `message` is shown to the user. */
export type Parsed<Value> =
  | { readonly status: 'ok'; readonly value: Value }
  | { readonly status: 'invalid'; readonly message: string }

/** An invalid request, with every invalid field once. */
export interface Invalid<Field extends string> {
  readonly status: 'invalid'
  readonly fields: readonly FieldError<Field>[]
}

/** Too many attempts (HTTP 429 with Retry-After). */
export interface Throttled {
  readonly status: 'throttled'
  /** At least 1. */
  readonly retryAfterSeconds: number
}

/** Too many passwords are waiting to be hashed (HTTP 503 with Retry-After). */
export interface Busy {
  readonly status: 'busy'
  /** At least 1. */
  readonly retryAfterSeconds: number
}
