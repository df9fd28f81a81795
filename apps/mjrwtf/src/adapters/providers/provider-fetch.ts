import type { FetchBody } from 'openid-client'
import { createSemaphore } from '../../application/shared/semaphore.ts'
import { isLoopbackHost } from '../../domain/ip-address.ts'
import { type Milliseconds, second } from '../../domain/time.ts'
import { ProviderError, unavailable } from './provider-error.ts'

/** A request to a provider. Rejects with `ProviderError` only. */
export type ProviderFetch = (url: string, init: ProviderRequest) => Promise<Response>

export interface ProviderRequest {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  /** A form, or none. */
  readonly body?: FetchBody
}

/** Of one provider, so that a slow one delays no other. */
export const fetchLimits = {
  /** Of the whole response. */
  timeout: 5 * second,
  /** Bytes of a response. */
  maxSize: 1_000_000,
  /** Requests at once; further ones wait. */
  concurrency: 16,
  maxQueued: 64,
} as const

/**
 * Sends requests to one provider: https, or http on loopback. Reads the whole response within the limits, and follows no
 * redirects, because a request can contain a secret (ASVS 5.0 V13.2.4).
 */
export function createProviderFetch(timeout: Milliseconds = fetchLimits.timeout): ProviderFetch {
  const semaphore = createSemaphore(fetchLimits)

  return async function providerFetch(url, init) {
    requireSecureUrl(url)
    const signal = AbortSignal.timeout(timeout)
    const pending = semaphore.run(() => exchange(url, init, signal))
    if (pending === null) throw unavailable('busy')
    try {
      return await pending
    } catch (error) {
      if (error instanceof ProviderError) throw error
      throw unavailable(signal.aborted ? 'timeout' : 'unreachable', error)
    }
  }
}

/** Accepts https, and http on loopback. */
export function requireSecureUrl(text: string): void {
  if (!URL.canParse(text)) throw unavailable('invalid-metadata')
  const { protocol, hostname } = new URL(text)
  const isSecure = protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname))
  if (!isSecure) throw unavailable('insecure-url')
}

async function exchange(url: string, init: ProviderRequest, signal: AbortSignal) {
  signal.throwIfAborted()
  const { method, headers } = init
  const body = init.body instanceof URLSearchParams ? init.body : null
  const sent = { ...headers, 'user-agent': 'mjr.wtf' }
  const response = await fetch(url, { method, headers: sent, body, redirect: 'manual', signal })
  const { status } = response
  const refusal = refusalOf(status)
  if (refusal !== null) {
    await response.body?.cancel()
    throw refusal
  }
  const bytes = await readBody(response)
  return new Response(hasBody(status) ? bytes : null, { status, headers: response.headers })
}

function refusalOf(status: number): ProviderError | null {
  if (status >= 300 && status <= 399) return unavailable('redirected')
  return status >= 500 ? unavailable('error-status') : null
}

function hasBody(status: number): boolean {
  return status !== 204 && status !== 205
}

async function readBody({ body }: Response): Promise<Blob> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  // Leaving the loop cancels the rest of the response.
  for await (const chunk of body ?? []) {
    size += chunk.byteLength
    if (size > fetchLimits.maxSize) throw unavailable('too-large')
    chunks.push(chunk)
  }
  return new Blob(chunks)
}

/** Requests a JSON document. */
export async function fetchJson(
  fetchFrom: ProviderFetch,
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const all = { accept: 'application/json', ...headers }
  const response = await fetchFrom(url, { method: 'GET', headers: all })
  if (response.status !== 200) throw unavailable('error-status')
  if (!isJson(response.headers.get('Content-Type') ?? '')) throw unavailable('not-json')
  try {
    return await response.json()
  } catch (error) {
    throw unavailable('not-json', error)
  }
}

function isJson(contentType: string): boolean {
  return /^application\/([a-z0-9.-]+\+)?json\s*(;|$)/i.test(contentType)
}
