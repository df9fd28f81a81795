import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request that the gateway received. */
export interface GatewayRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A local server that replaces the operator's SMS gateway. */
export interface SmsGateway extends AsyncDisposable {
  /** For SMS_GATEWAY_URL. */
  readonly url: string
  readonly requests: readonly GatewayRequest[]
  /** The messages received, oldest first. */
  messages(): readonly { readonly to: string; readonly text: string }[]
  /** The code of the newest message to the number. Throws if there is none. */
  code(to: string): string
  /** Replaces the answer to further requests. Initially 202. */
  respond(handle: GatewayHandler): void
}

export type GatewayHandler = (response: ServerResponse) => void

export const gatewayToken = 'gateway-token-of-the-operator'

const accept: GatewayHandler = (response) => response.writeHead(202).end()

export async function startSmsGateway(): Promise<SmsGateway> {
  const requests: GatewayRequest[] = []
  let handle = accept
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      requests.push({ method, url, headers, body: Buffer.concat(chunks).toString() })
      handle(response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const messages = () => requests.map(({ body }) => JSON.parse(body))
  return {
    url: `http://127.0.0.1:${port}/messages`,
    requests,
    messages,
    code(to) {
      const message = messages().findLast((each) => each.to === to)
      const [code] = /\d{6}/.exec(message?.text ?? '') ?? []
      if (code === undefined) throw new Error('The gateway received no code for this number.')
      return code
    },
    respond(next) {
      handle = next
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
