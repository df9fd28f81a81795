import { Agent, type IncomingHttpHeaders, type RequestOptions, request } from 'node:http'

export interface Answer {
  readonly status: number
  readonly cookies: string
  readonly body: string
}

export interface SentRequest extends Pick<RequestOptions, 'method'> {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Default: a connection of its own. */
  readonly agent?: Agent
}

export interface SentForm extends Pick<SentRequest, 'headers' | 'agent'> {
  readonly fields: Readonly<Record<string, string>>
  readonly cookies: string
}

/** Sends a request on the loopback interface. Rejects if the connection breaks. */
export function send(port: number, path: string, sent: SentRequest = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body = '', agent } = sent
  const host = { Host: `localhost:${port}`, 'Content-Length': String(Buffer.byteLength(body)) }
  const options = { host: '127.0.0.1', port, path, method, agent: agent ?? false } as const
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...options, headers: { ...host, ...headers } }, (incoming) => {
      let text = ''
      incoming.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      incoming.once('error', reject)
      incoming.once('end', () => resolve(toAnswer(incoming.statusCode, incoming.headers, text)))
    })
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}

/** Sends a form as one of the app's own pages does. */
export function post(port: number, path: string, form: SentForm): Promise<Answer> {
  const headers = {
    'Content-Type': 'application/x-www-form-urlencoded',
    'Sec-Fetch-Site': 'same-origin',
    Origin: `http://localhost:${port}`,
    Cookie: form.cookies,
    ...form.headers,
  }
  const body = new URLSearchParams({ ...form.fields }).toString()
  const agent = form.agent === undefined ? {} : { agent: form.agent }
  return send(port, path, { method: 'POST', headers, body, ...agent })
}

export function createAgent(): Agent {
  return new Agent({ keepAlive: true })
}

export function csrfTokenIn(page: string): string {
  return /name="csrf_token" value="([^"]+)"/.exec(page)?.[1] ?? ''
}

function toAnswer(status: number | undefined, headers: IncomingHttpHeaders, body: string): Answer {
  const cookies = (headers['set-cookie'] ?? []).map((cookie) => cookie.split(';', 1)[0] ?? '')
  return { status: status ?? 0, cookies: cookies.join('; '), body }
}
