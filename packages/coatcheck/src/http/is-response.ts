/**
 * Whether a guard has refused the request, which it does by returning a response. By shape, not by
 * `instanceof`: a bundler, a test runner or a framework may bring its own `Response`, and two of them are
 * often in use at once. What guards return otherwise (a session, an authentication, `null`) has no status.
 */
export function isResponse(result: unknown): result is Response {
  return typeof result === 'object' && result !== null && 'status' in result && 'headers' in result
}
