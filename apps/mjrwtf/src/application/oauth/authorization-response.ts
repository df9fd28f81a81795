import type { AuthorizationError, ResponseTarget } from './authorization-request.ts'

export type AuthorizationResponse =
  | { readonly code: string }
  | { readonly error: AuthorizationError; readonly description: string }

/**
 * The URL that returns a response to the client (RFC 6749, section 4.1.2). It names the issuer, so that a client with
 * several authorization servers detects a response of another one (RFC 9207).
 */
export function authorizationResponseUrl(
  { redirectUri, state }: ResponseTarget,
  response: AuthorizationResponse,
  issuer: string,
): string {
  const parameters = new URLSearchParams(
    'code' in response
      ? { code: response.code }
      : { error: response.error, error_description: response.description },
  )
  if (state !== null) parameters.set('state', state)
  parameters.set('iss', issuer)
  const separator = redirectUri.includes('?') ? '&' : '?'
  return `${redirectUri}${separator}${parameters}`
}
