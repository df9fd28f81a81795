import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import { type Milliseconds, second } from '../domain/time.ts'
import { systemClock } from '../ports/system.ts'

/** A request, sent exactly so: no redirect is followed, and Host can be any name. */
export interface Probe {
  readonly url: URL
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
}

/** A response as it arrived. */
export interface Answer {
  readonly url: URL
  readonly status: number
  /** In order, with repeated names. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** The beginning of the body. */
  readonly body: string
  readonly sentAt: number
  readonly receivedAt: number
}

/** Sends one request on a connection of its own. Rejects if no response arrives. */
export type Send = (probe: Probe) => Promise<Answer>

export interface SendOptions {
  /** A certificate authority to trust besides the well-known ones, in PEM. */
  readonly ca?: string | undefined
}

const timeout: Milliseconds = 10 * second

const maxBodyLength = 256 * 1024

export function createSend({ ca }: SendOptions = {}): Send {
  return ({ url, method = 'GET', headers = {} }) =>
    new Promise((resolve, reject) => {
      const sentAt = systemClock.now()
      const request = url.protocol === 'https:' ? requestHttps : requestHttp
      // By the URL, not by the header Host, which may be forged.
      const servername = isIP(url.hostname) === 0 ? url.hostname : ''
      const options = { method, agent: false, timeout, servername, ...(ca !== undefined && { ca }) }
      const outgoing = request(url, { ...options, headers: { ...standardHeaders, ...headers } })
      outgoing.on('timeout', () => outgoing.destroy(new Error('no response within 10 s')))
      outgoing.on('error', reject)
      outgoing.on('response', (incoming) => {
        const receivedAt = systemClock.now()
        readBody(incoming).then((body) => {
          const status = incoming.statusCode ?? 0
          resolve({ url, status, headers: pairs(incoming.rawHeaders), body, sentAt, receivedAt })
        }, reject)
      })
      outgoing.end()
    })
}

/** As browsers send them, so that the server responds with its pages. */
const standardHeaders = {
  Accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8',
  'User-Agent': 'coatcheck-doctor',
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of incoming) {
    chunks.push(chunk)
    length += chunk.length
    if (length > maxBodyLength) break
  }
  return Buffer.concat(chunks).toString()
}

function pairs(rawHeaders: readonly string[]): readonly (readonly [string, string])[] {
  return rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name.toLowerCase(), rawHeaders[index + 1] ?? ''] as const] : [],
  )
}

/** The values of a header, one for each time that it occurs. */
export function headersOf(answer: Answer, name: string): readonly string[] {
  return answer.headers.flatMap(([candidate, value]) => (candidate === name ? [value] : []))
}

/** The first value of a header, or empty. */
export function headerOf(answer: Answer, name: string): string {
  return headersOf(answer, name)[0] ?? ''
}

/** Where a redirect leads, or `null` if the answer is none. */
export function redirectTarget(answer: Answer): URL | null {
  const isRedirect = answer.status >= 300 && answer.status < 400
  return isRedirect ? URL.parse(headerOf(answer, 'location'), answer.url.href) : null
}
