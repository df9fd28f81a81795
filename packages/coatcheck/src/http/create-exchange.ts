import type { Client } from '../domain/client.ts'
import { createCookieJar } from './cookie-jar.ts'
import { createCsrfBinding } from './csrf-binding.ts'
import type { Exchange } from './exchange.ts'
import { createFlashes } from './flashes.ts'
import { readForm } from './form-reader.ts'
import { once } from './once.ts'
import type { RefusalResponder } from './refusal.ts'
import type { RequestSlice } from './request-slice.ts'
import { createSessionActs } from './session-acts.ts'
import { createSessionState } from './session-state.ts'
import { createSignedCookies } from './signed-cookies.ts'
import type { WebContext } from './web-context.ts'

export function createExchange<Data>(
  context: WebContext<Data>,
  slice: RequestSlice,
  respond: RefusalResponder,
): Exchange<Data> {
  const client = clientOf(context, slice)
  const jar = createCookieJar(slice.head.headers)
  const state = createSessionState(context, { jar, client })

  // Made when it is asked for: most requests only want to know who asks.
  const rest = once(() => {
    const csrf = createCsrfBinding(context, { jar, state })
    const flashes = createFlashes(context, { jar, state })
    const acts = createSessionActs(context, { client, jar, state, csrf, flashes })
    const signed = createSignedCookies(context, jar)
    return { csrf, flashes, acts, signed, readForm: once(() => readForm(slice)) }
  })

  return {
    request: slice.head,
    client,
    isHttps: isHttps(context, slice),
    verification: state.verification,
    async session() {
      return (await state.active())?.session ?? null
    },
    csrfToken: () => rest().csrf.token(),
    matchesCsrfToken: (token) => rest().csrf.matches(token),
    readForm: () => rest().readForm(),
    async form() {
      const read = await rest().readForm()
      return read.status === 'form' ? read.fields : null
    },
    signIn: (signIn) => rest().acts.signIn(signIn),
    signOut: () => rest().acts.signOut(),
    rotate: (rotation) => rest().acts.rotate(rotation),
    stepUp: () => rest().acts.stepUp(),
    saveData: (changes) => rest().acts.saveData(changes),
    flash: (flash) => rest().flashes.add(flash),
    takeFlashes: () => rest().flashes.take(),
    signedCookie: (name) => rest().signed.read(name),
    setSignedCookie: (cookie) => rest().signed.set(cookie),
    expireSessionCookie: state.expireCookie,
    respond: async (refusal) => respond(refusal),
    responseHeaders: jar.seal,
  }
}

const longestUserAgent = 512

function clientOf<Data>({ trust }: WebContext<Data>, { head, peerAddress }: RequestSlice): Client {
  const { headers } = head
  return {
    ipAddress: trust.clientAddress(peerAddress, headers),
    userAgent: headers.get('user-agent')?.slice(0, longestUserAgent) ?? null,
  }
}

function isHttps<Data>({ trust }: WebContext<Data>, slice: RequestSlice): boolean {
  const told = trust.clientScheme(slice.peerAddress, slice.head.headers)
  return told === null ? slice.isEncrypted : told === 'https'
}
