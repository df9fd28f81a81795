import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'

/** A session's cookie and user. */
export interface Credential {
  /** The complete Cookie header. */
  readonly cookie: string
  readonly userId: string
}

/** Same as in the load, so that a library that records the client sees it again. */
export const userAgent = 'coatcheck-benchmarks/1'

const concurrency = 16

/** Signs users in through the server's own code, one session each, and returns their cookies. */
export async function signInUsers(port: number, count: number): Promise<readonly Credential[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency })
  const numbers = Array.from({ length: count }, (_, index) => index)
  const credentials: Credential[] = []
  async function work(): Promise<void> {
    for (let number = numbers.pop(); number !== undefined; number = numbers.pop()) {
      credentials.push(await signIn(port, agent, `user-${String(number).padStart(5, '0')}`))
    }
  }
  try {
    await Promise.all(Array.from({ length: concurrency }, work))
  } finally {
    agent.destroy()
  }
  requireDistinct(credentials)
  return credentials
}

async function signIn(port: number, agent: Agent, user: string): Promise<Credential> {
  const sent = request({
    ...{ agent, port, host: '127.0.0.1', method: 'POST', path: `/sign-in?user=${user}` },
    headers: { 'User-Agent': userAgent },
  }).end()
  const [response]: IncomingMessage[] = await once(sent, 'response')
  if (response === undefined) throw new Error('A sign-in was not answered')
  const body = (await response.toArray()).join('')
  const cookie = (response.headers['set-cookie'] ?? [])
    .map((each) => each.split(';', 1)[0] ?? '')
    .join('; ')
  if (response.statusCode !== 200)
    throw new Error(`A sign-in was answered with ${response.statusCode}`)
  return { cookie, userId: String(JSON.parse(body).userId) }
}

function requireDistinct(credentials: readonly Credential[]): void {
  for (const field of ['cookie', 'userId'] as const) {
    const distinct = new Set(credentials.map((each) => each[field]))
    if (distinct.size !== credentials.length) throw new Error(`Two sign-ins share a ${field}`)
  }
}
