import type { Client } from '../domain/client.ts'
import { createCookieJar } from './cookie-jar.ts'
import { createCsrfBinding } from './csrf-binding.ts'
import type { Exchange } from './exchange.ts'
import { createFlashes } from './flashes.ts'
import { type FormReading, readForm } from './form-reader.ts'
import type { RefusalResponder } from './refusal.ts'
import { createSessionActs } from './session-acts.ts'
import { createSessionState } from './session-state.ts'
import type { WebContext } from './web-context.ts'

/** What an exchange starts from. */
export interface Opening {
  readonly request: Request
  readonly peerAddress: string | null
  readonly respond: RefusalResponder
}

export function createExchange<Data>(
  context: WebContext<Data>,
  { request, peerAddress, respond }: Opening,
): Exchange<Data> {
  const client = clientOf(context, request, peerAddress)
  const jar = createCookieJar(request.headers.get('cookie'))
  const state = createSessionState(context, { jar, client })
  const csrf = createCsrfBinding(context, { jar, state })
  const flashes = createFlashes(context, { jar, state })
  const acts = createSessionActs(context, { jar, state, csrf, flashes, client })
  let reading: Promise<FormReading> | null = null

  function readFormOnce(): Promise<FormReading> {
    reading ??= readForm(request)
    return reading
  }

  return {
    request,
    client,
    isHttps: isHttps(context, request, peerAddress),
    ...acts,
    verification: state.verification,
    async session() {
      return (await state.active())?.session ?? null
    },
    csrfToken: csrf.token,
    matchesCsrfToken: csrf.matches,
    readForm: readFormOnce,
    async form() {
      const read = await readFormOnce()
      return read.status === 'form' ? read.fields : null
    },
    flash: flashes.add,
    takeFlashes: flashes.take,
    expireSessionCookie: state.expireCookie,
    respond: async (refusal) => respond(refusal),
    responseHeaders: jar.seal,
  }
}

const longestUserAgent = 512

function clientOf<Data>(
  { trust }: WebContext<Data>,
  { headers }: Request,
  peerAddress: string | null,
): Client {
  return {
    ipAddress: trust.clientAddress(peerAddress, headers),
    userAgent: headers.get('user-agent')?.slice(0, longestUserAgent) ?? null,
  }
}

function isHttps<Data>(
  { trust }: WebContext<Data>,
  request: Request,
  peerAddress: string | null,
): boolean {
  const told = trust.clientScheme(peerAddress, request.headers)
  return told === null ? request.url.startsWith('https:') : told === 'https'
}
