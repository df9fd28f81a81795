import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** A local server that replaces the breached-password range service. */
export interface RangeService extends AsyncDisposable {
  /** For BREACHED_PASSWORDS. */
  readonly url: string
  /** Requests received. */
  readonly requests: readonly IncomingMessage[]
}

export async function startRangeService(handle: Handler): Promise<RangeService> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    handle(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    requests,
    url: `http://127.0.0.1:${port}/range/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Responds with the hashes of these passwords, plus one padding entry. */
export function respondingWith(...passwords: readonly string[]): Handler {
  const hashes = passwords.map((password) => digestOf(password))
  return ({ url = '' }, response) => {
    const prefix = url.split('/').at(-1) ?? ''
    const suffixes = hashes.filter((hash) => hash.startsWith(prefix)).map((hash) => hash.slice(5))
    const lines = [...suffixes.map((suffix) => `${suffix}:7`), `${'0'.repeat(35)}:1`]
    response.end(lines.join('\r\n'))
  }
}

/** SHA-1 in upper-case hexadecimal, the format of range services. */
export function digestOf(password: string): string {
  return createHash('sha1').update(password).digest('hex').toUpperCase()
}
