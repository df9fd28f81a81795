import type { Client } from '../../domain/client.ts'
import { createCookieJar } from '../cookies/cookie-jar.ts'
import { createSignedCookies } from '../cookies/signed-cookies.ts'
import { corsHeaders } from '../csrf/cors.ts'
import { createCsrfTokens } from '../csrf/csrf-tokens.ts'
import { createFormReader } from '../forms/form-reader.ts'
import type { RefusalResponder } from '../guards/refusals.ts'
import { reportRefusal } from '../guards/report-refusal.ts'
import type { IncomingRequest } from '../incoming-request.ts'
import type { WebContext } from '../web-context.ts'
import { createFlashes } from './flashes.ts'
import { type OpenedExchange, openedBy } from './own-exchange.ts'
import { createSessionOperations } from './session-operations.ts'
import { createSessionState } from './session-state.ts'

export function createExchange<Data>(
  context: WebContext<Data>,
  incoming: IncomingRequest,
  respond: RefusalResponder,
): OpenedExchange<Data> {
  const client = clientOf(context, incoming)
  const jar = createCookieJar(incoming.head.headers, context.cookies)
  const onVerified = (isThrottled: boolean) =>
    context.reportSharedAddress(incoming, client.ipAddress, isThrottled)
  const state = createSessionState(context, { jar, client, onVerified })

  // Created on first use: most requests only verify the session.
  const components = once(() => {
    const csrf = createCsrfTokens(context, { jar, state })
    const flashes = createFlashes(context, { jar, state })
    const operations = createSessionOperations(context, { client, jar, state, csrf, flashes })
    const signed = createSignedCookies(context, jar)
    const form = createFormReader(incoming, context.formLimits)
    return { csrf, flashes, operations, signed, form }
  })

  return {
    [openedBy]: context,
    request: incoming.head,
    client,
    isHttps: isHttps(context, incoming),
    verification: state.verification,
    async session() {
      return (await state.active())?.session ?? null
    },
    csrfToken: () => components().csrf.token(),
    matchesCsrfToken: (token) => components().csrf.matches(token),
    readForm: () => components().form.read(),
    provideForm: (form) => components().form.provide(form),
    async form() {
      const read = await components().form.read()
      return read.status === 'form' ? read.fields : null
    },
    signIn: (signIn) => components().operations.signIn(signIn),
    acceptSignIn: (outcome) => components().operations.acceptSignIn(outcome),
    beginSignIn: (signIn) => components().operations.beginSignIn(signIn),
    pendingSignIn: () => components().operations.pendingSignIn(),
    attemptSignIn: () => components().operations.attemptSignIn(),
    completeSignIn: (completion) => components().operations.completeSignIn(completion),
    cancelSignIn: () => components().operations.cancelSignIn(),
    signOut: () => components().operations.signOut(),
    rotate: (rotation) => components().operations.rotate(rotation),
    stepUp: (stepUp) => components().operations.stepUp(stepUp),
    saveData: (changes) => components().operations.saveData(changes),
    flash: (flash) => components().flashes.add(flash),
    takeFlashes: () => components().flashes.take(),
    signedCookie: (name) => components().signed.read(name),
    setSignedCookie: (cookie) => components().signed.set(cookie),
    expireEndedCookie: state.expireEndedCookie,
    redirectLoop: () => context.redirectLoops.find(incoming),
    respond: async (refusal) => {
      reportRefusal(context, { head: incoming.head, client }, refusal)
      return respond(refusal)
    },
    responseHeaders:
      context.trustedOrigins === undefined
        ? jar.close
        : () => [...jar.close(), ...corsHeaders(context, incoming.head)],
  }
}

/** Computes a value at the first call and returns the same value afterwards. */
function once<Value>(create: () => Value): () => Value {
  let cached: { readonly value: Value } | null = null
  return () => {
    cached ??= { value: create() }
    return cached.value
  }
}

const maxUserAgentLength = 512

function clientOf<Data>({ proxyTrust }: WebContext<Data>, incoming: IncomingRequest): Client {
  const { headers } = incoming.head
  return {
    ipAddress: proxyTrust.clientIpAddress(incoming.peerAddress, headers),
    userAgent: headers.get('user-agent')?.slice(0, maxUserAgentLength) ?? null,
  }
}

function isHttps<Data>({ proxyTrust }: WebContext<Data>, incoming: IncomingRequest): boolean {
  const scheme = proxyTrust.clientScheme(incoming.peerAddress, incoming.head.headers)
  return scheme === null ? incoming.isEncrypted : scheme === 'https'
}
