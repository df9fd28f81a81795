import { type Milliseconds, second } from '../../domain/time.ts'
import { ClientError } from './client-error.ts'

export interface HttpResponse {
  readonly status: number
  /** Parsed; `null` if the body is not JSON. */
  readonly body: unknown
}

export interface HttpRequest {
  readonly method?: 'GET' | 'POST'
  readonly accessToken?: string
  /** Sent as a form, as OAuth requires. */
  readonly form?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly timeout?: Milliseconds
}

/** Sends a request to a path of one server. Rejects with `ClientError` if it does not answer. */
export type SendHttp = (path: string, request?: HttpRequest) => Promise<HttpResponse>

/** The part of `fetch` that is used. */
export type Fetch = (url: string, options: FetchOptions) => Promise<Response>

interface FetchOptions {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  readonly redirect: 'manual'
  readonly signal: AbortSignal
}

export interface SendHttpOptions {
  readonly server: string
  readonly version: string
  readonly fetch: Fetch
}

export function createSendHttp({ server, version, ...options }: SendHttpOptions): SendHttp {
  return async function send(path, request = {}) {
    const { method = 'GET', timeout = 30 * second } = request
    try {
      const response = await options.fetch(`${server}${path}`, {
        method,
        headers: headersOf(request, version),
        body: bodyOf(request),
        // A redirect could lead a token to another server.
        redirect: 'manual',
        signal: AbortSignal.timeout(timeout),
      })
      return { status: response.status, body: await jsonOf(response) }
    } catch (error) {
      throw new ClientError(`${server} cannot be reached (${reasonOf(error)}).`, { cause: error })
    }
  }
}

function headersOf(
  { accessToken, form, json }: HttpRequest,
  version: string,
): Readonly<Record<string, string>> {
  return {
    Accept: 'application/json',
    'User-Agent': `mjrwtf/${version}`,
    ...(accessToken !== undefined && { Authorization: `Bearer ${accessToken}` }),
    ...(form !== undefined && { 'Content-Type': 'application/x-www-form-urlencoded' }),
    ...(json !== undefined && { 'Content-Type': 'application/json' }),
  }
}

function bodyOf({ form, json }: HttpRequest): string | null {
  if (form !== undefined) return new URLSearchParams(form).toString()
  return json === undefined ? null : JSON.stringify(json)
}

async function jsonOf(response: Response): Promise<unknown> {
  const text = await response.text()
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** The code of the connection's failure, such as ECONNREFUSED, or that of the certificate. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if (error.name === 'TimeoutError') return 'timeout'
  const cause = error.cause
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.message
}
