import type { SendTextMessage, TextMessage } from '../../application/ports/sms.ts'
import { createSemaphore } from '../../application/shared/semaphore.ts'
import type { Milliseconds } from '../../domain/time.ts'

/** Why a message was not accepted. */
export type GatewayFailure =
  | { readonly reason: 'unreachable' | 'timeout' | 'busy' }
  /** The gateway rejected the message. */
  | { readonly reason: 'error-status'; readonly status: number }

export interface HttpGatewayOptions {
  /** https, or http on loopback. */
  readonly url: string
  /** Bearer token. */
  readonly token: string
  /** Called for each message that was not accepted. Contains neither the number nor the text. */
  readonly onFailure: (failure: GatewayFailure) => void
  /** Total time of a message in ms, also that in the queue. Default: 5000. */
  readonly timeout?: Milliseconds
}

/** Requests to the gateway at once; further ones wait. */
const concurrency = 8
const maxQueued = 32

/**
 * Sends text messages through the operator's gateway: `POST` of `{ "to": "+447700900123", "text": "…" }` as JSON with
 * `Authorization: Bearer`. Any 2xx status accepts the message; the body of the response is not read.
 *
 * Nothing is sent twice: a message whose response was lost may have been delivered, and its user can request another.
 * Redirects are not followed, so that requests, with the token, go to `url` only (ASVS 5.0 V13.2.4).
 */
export function createHttpGateway(options: HttpGatewayOptions): SendTextMessage {
  const { onFailure, timeout = 5_000 } = options
  const semaphore = createSemaphore({ concurrency, maxQueued })

  async function deliver(message: TextMessage): Promise<GatewayFailure | null> {
    const signal = AbortSignal.timeout(timeout)
    const pending = semaphore.run(() => post(options, message, signal))
    if (pending === null) return { reason: 'busy' }
    try {
      const status = await pending
      return status >= 200 && status <= 299 ? null : { reason: 'error-status', status }
    } catch {
      return { reason: signal.aborted ? 'timeout' : 'unreachable' }
    }
  }

  return async function sendTextMessage(message) {
    const failure = await deliver(message)
    if (failure === null) return 'accepted'
    onFailure(failure)
    return 'failed'
  }
}

/** Returns the status. Sends nothing if the time has expired before the message leaves the queue. */
async function post(
  { url, token }: HttpGatewayOptions,
  { to, text }: TextMessage,
  signal: AbortSignal,
): Promise<number> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/json',
      'User-Agent': 'mjr.wtf',
    },
    body: JSON.stringify({ to, text }),
    redirect: 'manual',
    signal,
  })
  await response.body?.cancel()
  return response.status
}
