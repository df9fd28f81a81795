import { type Agent, type ClientRequest, type IncomingHttpHeaders, request } from 'node:http'

/** Header names and values. Unlike with `fetch`, a name may occur twice. */
export type RawHeaders = readonly (readonly [name: string, value: string])[]

export interface SendOptions {
  readonly method?: string
  readonly headers?: RawHeaders
  /** An array is sent in chunks, each after the previous one was flushed. */
  readonly body?: string | readonly string[]
  /** Default: a new connection per request. */
  readonly agent?: Agent
  /** See `sendUnended`. */
  readonly isUnended?: boolean
}

export interface ScenarioResponse {
  /** Whether the connection had been used before. */
  readonly isReused: boolean
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly setCookies: readonly string[]
  readonly body: string
}

/** Sends requests without altering them, and stores cookies like a browser. */
export interface ScenarioClient {
  /** The stored cookies: name to value. */
  readonly cookies: Map<string, string>
  /** Sends the stored cookies, and stores those of the response. */
  send(path: string, options?: SendOptions): Promise<ScenarioResponse>
  /** Stores the cookies of a response that arrives now. */
  store(response: ScenarioResponse): void
  /** Sends no stored cookies, and stores none. */
  sendWithoutCookies(path: string, options?: SendOptions): Promise<ScenarioResponse>
  /** Sends the headers and the body, but never its end, and closes the connection after the response. */
  sendUnended(path: string, options: SendOptions): Promise<ScenarioResponse>
  /** Sends the headers and an incomplete body, then closes the connection. */
  abort(path: string, options: SendOptions): Promise<void>
  /** Requests the form page and returns its CSRF token. */
  csrfToken(): Promise<string>
  /** Posts a form from a page of the same origin, with its CSRF token. */
  post(path: string, fields?: Readonly<Record<string, string>>): Promise<ScenarioResponse>
}

/** Headers of a browser's request from a page of the same origin. */
export const sameOriginHeaders: RawHeaders = [
  ['Sec-Fetch-Site', 'same-origin'],
  ['Origin', 'https://coatcheck.example'],
]

export const formHeaders: RawHeaders = [['Content-Type', 'application/x-www-form-urlencoded']]

export function createScenarioClient(port: number): ScenarioClient {
  const cookies = new Map<string, string>()

  const sendWithoutCookies: ScenarioClient['sendWithoutCookies'] = (path, options = {}) =>
    sendRequest(port, path, options)

  async function send(path: string, options: SendOptions = {}): Promise<ScenarioResponse> {
    const pairs = [...cookies].map(([name, value]) => `${name}=${value}`)
    const cookieHeaders: RawHeaders = pairs.length === 0 ? [] : [['Cookie', pairs.join('; ')]]
    const headers = [...cookieHeaders, ...(options.headers ?? [])]
    const response = await sendRequest(port, path, { ...options, headers })
    store(response)
    return response
  }

  function store({ setCookies }: ScenarioResponse): void {
    for (const cookie of setCookies) storeCookie(cookies, cookie)
  }

  async function csrfToken(): Promise<string> {
    return (await send('/form')).body
  }

  return {
    cookies,
    send,
    store,
    sendWithoutCookies,
    sendUnended: (path, options) => send(path, { ...options, isUnended: true }),
    abort: (path, options) => abort(port, path, options),
    csrfToken,
    async post(path, fields = {}) {
      const body = new URLSearchParams({ ...fields, csrf_token: await csrfToken() }).toString()
      return send(path, { method: 'POST', headers: [...formHeaders, ...sameOriginHeaders], body })
    },
  }
}

function storeCookie(cookies: Map<string, string>, setCookie: string): void {
  const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(setCookie) ?? []
  if (/; Max-Age=0(?:;|$)/.test(setCookie)) cookies.delete(name)
  else cookies.set(name, value)
}

async function sendRequest(
  port: number,
  path: string,
  options: SendOptions,
): Promise<ScenarioResponse> {
  const outgoing = startRequest(port, path, options)
  const response = responseTo(outgoing)
  await Promise.race([write(outgoing, chunksOf(options)), response])
  if (options.isUnended !== true) outgoing.end()
  await response
  outgoing.destroy()
  return response
}

async function abort(port: number, path: string, options: SendOptions): Promise<void> {
  const length = Buffer.byteLength(chunksOf(options).join('')) + 1
  const headers: RawHeaders = [...(options.headers ?? []), ['Content-Length', String(length)]]
  const outgoing = startRequest(port, path, { ...options, headers })
  // Destroying the request emits an error too.
  outgoing.on('error', () => {})
  await write(outgoing, chunksOf(options))
  outgoing.destroy()
  await new Promise((resolve) => outgoing.once('close', resolve))
}

function chunksOf({ body = '' }: SendOptions): readonly string[] {
  return typeof body === 'string' ? [body] : body
}

function startRequest(port: number, path: string, options: SendOptions): ClientRequest {
  const { method = 'GET', headers = [], agent = false } = options
  const headerNames = new Set(headers.map(([name]) => name.toLowerCase()))
  const length = String(Buffer.byteLength(chunksOf(options).join('')))
  const defaultHeaders: RawHeaders = [
    ['Host', 'coatcheck.example'],
    ['X-Forwarded-Proto', 'https'],
    ...(headerNames.has('transfer-encoding') ? [] : [['Content-Length', length] as const]),
  ]
  const missing = defaultHeaders.filter(([name]) => !headerNames.has(name.toLowerCase()))
  const all = [...missing, ...headers].flat()
  return request({ host: '127.0.0.1', port, path, method, agent, headers: all })
}

async function write(outgoing: ClientRequest, chunks: readonly string[]): Promise<void> {
  for (const chunk of chunks) await new Promise((resolve) => outgoing.write(chunk, resolve))
}

function responseTo(outgoing: ClientRequest): Promise<ScenarioResponse> {
  return new Promise((resolve, reject) => {
    outgoing.on('error', reject)
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () =>
        resolve({
          isReused: outgoing.reusedSocket,
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          setCookies: incoming.headers['set-cookie'] ?? [],
          body: Buffer.concat(chunks).toString(),
        }),
      )
    })
  })
}
