import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { type RequestOptions, request } from 'node:https'
import { connect, type SecureVersion } from 'node:tls'
import { type TestRequest, type TestResponse, toResponse } from '../../support/send.ts'
import type { Program } from './program.ts'

/** Where a proxy answers over TLS, and the certificate that clients trust. */
export interface HttpsServer {
  readonly port: number
  readonly ca: string
}

/** The IP address of the clients of these tests. The proxies connect from another one. */
export const clientAddress = '127.0.0.2'

/** What browsers send, but for the path. */
function optionsFor({ port, ca }: HttpsServer): RequestOptions {
  return { host: '127.0.0.1', port, ca, localAddress: clientAddress, agent: false }
}

/** A program as its visitors reach it: through the proxy, over TLS. */
export function behind(server: HttpsServer): Pick<Program, 'baseUrl' | 'send'> {
  const baseUrl = `https://127.0.0.1:${server.port}`
  return {
    baseUrl,
    async send(path, testRequest = {}) {
      const incoming = await open(server, path, testRequest)
      const body = (await incoming.setEncoding('utf8').toArray()).join('')
      return toResponse(incoming.statusCode ?? 0, incoming.headers, body)
    },
  } satisfies { baseUrl: string; send(path: string, request?: TestRequest): Promise<TestResponse> }
}

/** Sends a request and returns the response when its headers arrive. */
export async function open(
  server: HttpsServer,
  path: string,
  { method = 'GET', headers = [], body }: TestRequest = {},
): Promise<IncomingMessage> {
  const all = [['User-Agent', 'Firefox/140.0'], ...headers]
  const outgoing = request({
    ...optionsFor(server),
    path,
    method,
    headers: Object.fromEntries(all),
  })
  outgoing.end(body)
  const [incoming]: IncomingMessage[] = await once(outgoing, 'response')
  if (incoming === undefined) throw new Error('There was no response.')
  return incoming
}

/** The version of TLS that the server and a client with this version alone agree on, or the error. */
export async function negotiate(server: HttpsServer, version: SecureVersion): Promise<string> {
  const socket = connect({
    host: '127.0.0.1',
    ...server,
    minVersion: version,
    maxVersion: version,
    // Otherwise the client itself would refuse the old versions.
    ciphers: 'DEFAULT@SECLEVEL=0',
  })
  try {
    await once(socket, 'secureConnect')
    return socket.getProtocol() ?? 'none'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  } finally {
    socket.destroy()
  }
}
