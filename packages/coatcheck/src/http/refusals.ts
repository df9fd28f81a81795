import { type Milliseconds, second } from '../domain/time.ts'
import type { Refusal, RefusalCode, RequestKind } from './refusal.ts'
import type { ResponseHeader } from './response-header.ts'

type Status = Refusal['status']

/** Seconds after which a failing store is worth another try. */
const storeRetryAfter = '5'

const refusalTable: Record<RefusalCode, readonly [Status, string, ...ResponseHeader[]]> = {
  sign_in_required: [401, 'Sign in first.', ['WWW-Authenticate', 'Bearer']],
  session_expired: [401, 'Your session has ended. Sign in again.', ['WWW-Authenticate', 'Bearer']],
  invalid_token: [
    401,
    'The bearer token is not valid.',
    ['WWW-Authenticate', 'Bearer error="invalid_token"'],
  ],
  recent_authentication_required: [403, 'Confirm that it is you first.'],
  csrf_refused: [
    403,
    'This request did not come from a page of ours that is still valid. Go back, reload and try again.',
  ],
  embedding_refused: [403, 'Another site may link here, but not load this into itself.'],
  https_required: [403, 'This is only served over https.'],
  ambiguous_host: [400, 'The request names more than one host.'],
  malformed_form: [400, 'The form could not be read.'],
  form_too_large: [413, 'The form is too large.'],
  unsupported_media_type: [415, 'Send application/json.'],
  too_many_unknown_tokens: [
    429,
    'Too many requests from your network came with a session that is not known here. Wait a moment and try again.',
  ],
  store_unavailable: [
    503,
    'Sessions cannot be reached at the moment. Try again soon.',
    ['Retry-After', storeRetryAfter],
  ],
}

/** The refusal of a code, for a page or the API. */
export function createRefusal(code: RefusalCode, kind: RequestKind): Refusal {
  const [status, message, ...headers] = refusalTable[code]
  return { kind, status, code, message, headers }
}

/** The refusal of a client whose address presents unknown tokens without end. */
export function createThrottledRefusal(retryAfter: Milliseconds, kind: RequestKind): Refusal {
  const seconds = Math.max(1, Math.ceil(retryAfter / second))
  const headers: readonly ResponseHeader[] = [['Retry-After', String(seconds)]]
  return { ...createRefusal('too_many_unknown_tokens', kind), headers }
}

/** Default dress of a refusal: JSON for the API, plain text for pages. */
export function defaultResponder({ kind, status, code, message, headers }: Refusal): Response {
  const init = { status, headers: headers.map(([name, value]): [string, string] => [name, value]) }
  if (kind === 'api') return Response.json({ error: { code, message } }, init)
  const response = new Response(`${message}\n`, init)
  response.headers.set('Content-Type', 'text/plain; charset=utf-8')
  return response
}
