import type { Clock } from 'coatcheck'
import { z } from 'zod'
import { second } from '../../domain/time.ts'
import { ClientError } from './client-error.ts'
import type { HttpRequest, HttpResponse, SendHttp } from './http.ts'
import { refreshTokens } from './oauth.ts'
import type { StoredTokens } from './stored-tokens.ts'
import type { TokenStore } from './token-store.ts'

export interface ApiClientOptions {
  readonly server: string
  readonly store: TokenStore
  readonly send: SendHttp
  /** Runs the work while no other process changes the stored tokens. */
  readonly lock: <Result>(work: () => Promise<Result>) => Promise<Result>
  readonly clock: Clock
}

/** Sends a request to the API as the signed-in user and returns the body of a successful response. */
export type CallApi = (path: string, request?: Omit<HttpRequest, 'accessToken'>) => Promise<unknown>

/** Renews the access token when it has expired. Rejects with `ClientError`, whose message says what to do. */
export function createCallApi(options: ApiClientOptions): CallApi {
  const { server, store, send, clock } = options
  return async function callApi(path, request = {}) {
    const stored = store.read(server)
    if (stored === null) throw notSignedIn(server)
    const isExpired = stored.expiresAt <= clock.now() + 5 * second
    const tokens = isExpired ? await renew(options, stored) : stored
    const first = await send(path, { ...request, accessToken: tokens.accessToken })
    if (first.status !== 401) return bodyOf(first)
    // The access token was revoked, or the clock of this machine is wrong.
    const { accessToken } = await renew(options, tokens)
    const second_ = await send(path, { ...request, accessToken })
    if (second_.status === 401) throw notSignedIn(server)
    return bodyOf(second_)
  }
}

/**
 * Of parallel processes with the same tokens, one refreshes them and the others read its result: a refresh token that
 * was replaced counts as stolen, and would end the grant.
 */
async function renew(options: ApiClientOptions, used: StoredTokens): Promise<StoredTokens> {
  const { server, store, send, lock, clock } = options
  return lock(async () => {
    const current = store.read(server)
    if (current === null) throw notSignedIn(server)
    if (current.refreshToken !== used.refreshToken) return current
    const renewed = await refreshTokens(send, clock, current.refreshToken)
    if (renewed === null) {
      store.remove(server)
      throw notSignedIn(server)
    }
    store.write(server, renewed)
    return renewed
  })
}

function notSignedIn(server: string): ClientError {
  return new ClientError(`You are not signed in. Run: mjrwtf login --server ${server}`)
}

const apiError = z.object({
  error: z.object({
    message: z.string(),
    request_id: z.string().default(''),
    fields: z.record(z.string(), z.string()).default({}),
  }),
})

function bodyOf({ status, body }: HttpResponse): unknown {
  if (status >= 200 && status < 300) return body
  const parsed = apiError.safeParse(body)
  if (!parsed.success) throw new ClientError(`The server answered with status ${status}.`)
  const { message, fields, request_id } = parsed.data.error
  const details = Object.entries(fields).map(([field, text]) => `${field}: ${text}`)
  const requestId = request_id === '' ? '' : ` Request ID: ${request_id}`
  throw new ClientError(`${[message, ...details].join(' ')}${requestId}`)
}
