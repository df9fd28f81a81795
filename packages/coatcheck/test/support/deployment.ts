import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  request as requestHttp,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createSessions } from 'coatcheck'
import { createWebSessions } from 'coatcheck/http'
import { createMemorySessionStore } from 'coatcheck/memory'
import { createNodeSessions } from 'coatcheck/node'
import { createWebSecurity } from 'coatcheck/web-security'
import { selfSigned } from './self-signed.ts'

type HeaderPairs = readonly (readonly [name: string, value: string])[]

/** What is wrong with a deployment. Default: nothing. */
export interface Mistakes {
  /** Whether the application trusts the proxy. */
  readonly trustsProxy?: boolean
  /** Whether forms are accepted without the CSRF guard. */
  readonly acceptsEveryForm?: boolean
  /** Changes the page, as if the application put something of the request into it. */
  readonly page?: (request: IncomingMessage) => string
  /** What the proxy sends to the application. */
  readonly forward?: (request: IncomingMessage) => Record<string, string>
  /** Changes what the proxy sends to the client. */
  readonly respond?: (headers: HeaderPairs, request: IncomingMessage) => HeaderPairs
  /** Replaces the response of the proxy on https. */
  readonly tls?: RequestListener
  /** Replaces the response of the proxy on plain http. */
  readonly http?: RequestListener
}

/** An application on plain http and, in front of it, a proxy that terminates TLS. */
export interface StartedDeployment extends AsyncDisposable {
  readonly url: URL
  readonly httpUrl: URL
}

export async function deploy(mistakes: Mistakes = {}): Promise<StartedDeployment> {
  let handle: RequestListener = (_, response) => response.end()
  const proxy = await listen(
    createTlsServer(selfSigned, (request, response) => {
      if (mistakes.tls === undefined) forward(mistakes, [request, response], app)
      else mistakes.tls(request, response)
    }),
  )
  const app = await listen(createServer((request, response) => handle(request, response)))
  const url = new URL(`https://127.0.0.1:${proxy.port}`)
  handle = createApp(url.origin, mistakes)
  const redirect: RequestListener = (request, response) =>
    response.writeHead(307, { Location: `${url.origin}${request.url}` }).end()
  const plain = await listen(createServer(mistakes.http ?? redirect))
  return {
    url,
    httpUrl: new URL(`http://127.0.0.1:${plain.port}`),
    async [Symbol.asyncDispose]() {
      for (const { server } of [proxy, app, plain]) {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      }
    },
  }
}

async function listen(server: Server) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, port: (server.address() as AddressInfo).port }
}

/** An application with a sign-in form, built with the library. */
function createApp(baseUrl: string, mistakes: Mistakes): RequestListener {
  const sessions = createSessions({ store: createMemorySessionStore(), data: { initial: {} } })
  const trustedProxies = mistakes.trustsProxy === false ? [] : ['127.0.0.1']
  const keys = ['a key of the deployment, of 32 bytes or more']
  const guard = createNodeSessions(createWebSessions(sessions, { baseUrl, keys, trustedProxies }))
  const security = createWebSecurity({ baseUrl })
  return async (request, response) => {
    if (!(await guard.check(request, response, security.requireHttps))) return
    const isGuarded = request.method === 'POST' && mistakes.acceptsEveryForm !== true
    if (isGuarded && !(await guard.csrfGuard(request, response))) return
    for (const [name, value] of security.pageHeaders('n')) response.setHeader(name, value)
    const token = await guard.exchange(request, response).csrfToken()
    response.end(
      `<form method="post"><input name="csrf_token" value="${token}">${mistakes.page?.(request) ?? ''}`,
    )
  }
}

function forward(
  { forward, respond }: Mistakes,
  [request, response]: readonly [IncomingMessage, ServerResponse],
  { port }: { readonly port: number },
): void {
  const { method, url: path } = request
  const headers = {
    ...request.headers,
    'x-forwarded-for': request.socket.remoteAddress ?? '',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': '',
    forwarded: '',
    ...forward?.(request),
  }
  const outgoing = requestHttp({ port, host: '127.0.0.1', method, path, headers }, (incoming) => {
    const received = incoming.rawHeaders.flatMap((name, index) =>
      index % 2 === 0 ? [[name, incoming.rawHeaders[index + 1] ?? ''] as const] : [],
    )
    const sent = respond?.(received, request) ?? received
    response.sendDate = false
    response.writeHead(incoming.statusCode ?? 502, sent.flat())
    incoming.pipe(response)
  })
  request.pipe(outgoing)
}
