import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { bodyFor, measuredPath } from '../cases/answer.ts'
import type { Case } from '../cases/case.ts'
import { type Credential, userAgent } from './sign-in.ts'

interface Probed {
  readonly port: number
  readonly served: Pick<Case, 'group'>
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

/** Headers that may differ: the date, @fastify/session's repeated cookie, Fastify's longer keep-alive. */
const ignoredHeaders = ['date', 'keep-alive', 'set-cookie']

/**
 * Verifies that a server rejects requests with a missing or forged cookie, and sends the same bytes
 * as all servers otherwise.
 */
export async function probe(
  { port, served }: Probed,
  credentials: readonly Credential[],
): Promise<void> {
  const genuine = [credentials[0], credentials.at(-1)].filter((each) => each !== undefined)
  const verifies = served.group !== 'bare'
  const forged = verifies ? ['', ...genuine.flatMap(({ cookie }) => invalidTokens(cookie))] : []
  for (const cookie of forged) {
    const { status } = await get(port, cookie)
    if (status !== 401) throw new Error(`A forged or missing cookie was answered with ${status}`)
  }
  for (const { cookie, userId } of genuine)
    requireExpected(await get(port, cookie), bodyFor(userId))
}

/** Cookies with one changed character each: near the start and in the middle. */
function invalidTokens(cookie: string): readonly string[] {
  const positions = [() => 5, (value: string) => Math.floor(value.length / 2)]
  return positions.map((positionIn) =>
    cookie.replaceAll(/=([^;]+)/g, (_, value: string) => {
      const position = positionIn(value)
      const replacement = value[position] === 'A' ? 'B' : 'A'
      return `=${value.slice(0, position)}${replacement}${value.slice(position + 1)}`
    }),
  )
}

function requireExpected({ status, headers, body }: Answer, expectedBody: string): void {
  const comparedHeaders = Object.entries(headers).filter(([name]) => !ignoredHeaders.includes(name))
  const found = JSON.stringify(Object.fromEntries(comparedHeaders.toSorted()))
  const expectedHeaders = JSON.stringify({
    'cache-control': 'no-store',
    connection: 'keep-alive',
    'content-length': String(expectedBody.length),
    'content-type': 'application/json; charset=utf-8',
  })
  if (status === 200 && body === expectedBody && found === expectedHeaders) return
  throw new Error(
    `Unexpected response: ${status} ${found} ${body}; expected ${expectedHeaders} ${expectedBody}`,
  )
}

async function get(port: number, cookie: string): Promise<Answer> {
  const sent = request({
    ...{ port, host: '127.0.0.1', path: measuredPath },
    headers: {
      Connection: 'keep-alive',
      'User-Agent': userAgent,
      ...(cookie !== '' && { Cookie: cookie }),
    },
  }).end()
  const [response]: IncomingMessage[] = await once(sent, 'response')
  if (response === undefined) throw new Error('There was no response')
  const body = (await response.toArray()).join('')
  return { status: response.statusCode ?? 0, headers: response.headers, body }
}
