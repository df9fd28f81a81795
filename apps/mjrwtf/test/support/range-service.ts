import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** A server of the test's own in the place of a range service. */
export interface RangeService extends AsyncDisposable {
  /** For BREACHED_PASSWORDS. */
  readonly url: string
  /** What was asked of it. */
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

/** Knows these passwords, and some others that share their prefixes. */
export function respondingWith(...passwords: readonly string[]): Handler {
  const hashes = passwords.map((password) => digestOf(password))
  return ({ url = '' }, response) => {
    const prefix = url.split('/').at(-1) ?? ''
    const suffixes = hashes.filter((hash) => hash.startsWith(prefix)).map((hash) => hash.slice(5))
    const lines = [...suffixes.map((suffix) => `${suffix}:7`), `${'0'.repeat(35)}:1`]
    response.end(lines.join('\r\n'))
  }
}

/** SHA-1 in upper-case hexadecimal, as range services have it. */
export function digestOf(password: string): string {
  return createHash('sha1').update(password).digest('hex').toUpperCase()
}
