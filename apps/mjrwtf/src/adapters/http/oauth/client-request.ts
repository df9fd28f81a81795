import { isResponse } from 'coatcheck/http'
import type { OAuth } from '../../../application/oauth/oauth.ts'
import type { TokenRequest } from '../../../application/oauth/token-requests.ts'
import type { Throttled } from '../../../domain/results.ts'
import type { PageContext, RequestContext } from '../http-context.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { oauthError, retryAfterHeader } from '../responses/problem.tsx'

export interface ClientRequestContext extends Pick<PageContext, 'clock' | 'log' | 'securityLog'> {
  readonly oauth: Pick<OAuth, 'authenticateClient'>
}

/**
 * Reads a request of a client application and authenticates the client, or returns the error (RFC 6749, section 5.2). Only
 * the body and the Authorization header count: no cookie, and no parameter in the URL (RFC 6749, section 2.3.1).
 */
export async function readClientRequest(
  context: ClientRequestContext,
  c: RequestContext,
): Promise<TokenRequest | Response> {
  const parameters = await readParameters(c)
  if (isResponse(parameters)) return parameters
  const credentials = readCredentials(c, parameters)
  if (credentials.status === 'ambiguous') {
    return oauthError(c, invalidRequest('Send one kind of client credentials.'))
  }
  if (credentials.status === 'missing') return respondUnknownClient(c)
  const { ipAddress } = c.var.exchange.client
  const result = await context.oauth.authenticateClient({ ...credentials, ipAddress })
  if (result.status === 'authenticated') return { client: result.client, parameters }
  const event = 'client-authentication-failed'
  logSecurityEvent(context, c, { event, reason: result.status })
  return result.status === 'throttled' ? respondThrottled(c, result) : respondUnknownClient(c)
}

export function invalidRequest(message: string) {
  return { status: 400, code: 'invalid_request', message } as const
}

function respondThrottled(c: RequestContext, { retryAfterSeconds }: Throttled): Response {
  c.header(...retryAfterHeader(retryAfterSeconds))
  const message = 'Too many requests with wrong client credentials from your network.'
  return oauthError(c, { status: 429, code: 'temporarily_unavailable', message })
}

function respondUnknownClient(c: RequestContext): Response {
  c.header('WWW-Authenticate', 'Basic realm="client applications", charset="UTF-8"')
  return oauthError(c, {
    status: 401,
    code: 'invalid_client',
    message: 'The client is unknown, or its secret is wrong.',
  })
}

/** A parameter without a value counts as omitted, and none may be repeated (RFC 6749, section 3.2). */
async function readParameters(c: RequestContext): Promise<ReadonlyMap<string, string> | Response> {
  const type = c.req.header('Content-Type') ?? ''
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) {
    const message = 'Send the parameters as application/x-www-form-urlencoded.'
    return oauthError(c, invalidRequest(message))
  }
  const form = await c.var.exchange.readForm()
  if (form.status === 'refused' && form.reason === 'form_too_large') {
    return oauthError(c, {
      status: 413,
      code: 'invalid_request',
      message: 'The request is too large.',
    })
  }
  if (form.status !== 'form') return oauthError(c, invalidRequest('The form is malformed.'))
  const parameters = new Map<string, string>()
  for (const [name, value] of form.fields) {
    if (typeof value !== 'string' || parameters.has(name)) {
      return oauthError(c, invalidRequest('Send each parameter once.'))
    }
    // PostgreSQL cannot store it.
    if (value.includes('\0')) return oauthError(c, invalidRequest('The form is malformed.'))
    parameters.set(name, value)
  }
  return new Map([...parameters].filter(([, value]) => value !== ''))
}

type ReadCredentials =
  | { readonly status: 'found'; readonly clientId: string; readonly secret: string | null }
  | { readonly status: 'missing' }
  /** Two kinds of credentials, which a client must not send (RFC 6749, section 2.3). */
  | { readonly status: 'ambiguous' }

function readCredentials(
  c: RequestContext,
  parameters: ReadonlyMap<string, string>,
): ReadCredentials {
  const authorization = c.req.header('Authorization')
  const clientId = parameters.get('client_id')
  const secret = parameters.get('client_secret') ?? null
  if (authorization === undefined) {
    return clientId === undefined ? { status: 'missing' } : { status: 'found', clientId, secret }
  }
  const basic = readBasic(authorization)
  if (basic === null) return { status: 'missing' }
  const isAmbiguous = secret !== null || (clientId !== undefined && clientId !== basic.clientId)
  return isAmbiguous ? { status: 'ambiguous' } : { status: 'found', ...basic }
}

/** Both parts are form-encoded before they are joined (RFC 6749, section 2.3.1). */
function readBasic(authorization: string) {
  const [, encoded] = /^basic +([A-Za-z0-9+/]{1,1000}={0,2})$/i.exec(authorization) ?? []
  if (encoded === undefined) return null
  const text = Buffer.from(encoded, 'base64').toString()
  const colon = text.indexOf(':')
  const clientId = decode(text.slice(0, Math.max(colon, 0)))
  const secret = decode(text.slice(colon + 1))
  if (clientId === null || secret === null || clientId === '') return null
  return { clientId, secret: secret === '' ? null : secret }
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return null
  }
}
