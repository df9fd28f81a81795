/** A value for the next request only. */
export interface Flash {
  /** Names its kind for the page, such as `success` or `error`; 1 to 32 characters. */
  readonly kind: string
  /** Plain text, at most 500 characters. */
  readonly message: string
}
