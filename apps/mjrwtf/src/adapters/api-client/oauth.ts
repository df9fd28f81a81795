import type { Clock } from 'coatcheck'
import { z } from 'zod'
import { commandLineClientId } from '../../domain/client-application.ts'
import { second } from '../../domain/time.ts'
import { ClientError } from './client-error.ts'
import type { HttpResponse, SendHttp } from './http.ts'
import type { StoredTokens } from './stored-tokens.ts'

const clientId = commandLineClientId

const deviceCodes = z.object({
  device_code: z.string(),
  user_code: z.string(),
  verification_uri: z.string(),
  expires_in: z.number(),
  interval: z.number().default(5),
})

const tokenResponse = z.object({
  access_token: z.string(),
  refresh_token: z.string(),
  expires_in: z.number(),
})

/** What the user enters on which page. */
export interface LoginCode {
  readonly userCode: string
  readonly verificationUri: string
}

export interface LoginOptions {
  readonly send: SendHttp
  readonly clock: Clock
  readonly wait: (milliseconds: number) => Promise<unknown>
  readonly showCode: (code: LoginCode) => void
}

/** Requests tokens by the device flow (RFC 8628), and waits until the user has decided in a browser. */
export async function requestTokens(options: LoginOptions): Promise<StoredTokens> {
  const { send, clock, showCode } = options
  const started = await send('/oauth/device_authorization', {
    method: 'POST',
    form: { client_id: clientId },
  })
  const codes = deviceCodes.safeParse(started.body)
  if (started.status !== 200 || !codes.success) throw unexpected(started)
  const { user_code: userCode, verification_uri: verificationUri, expires_in } = codes.data
  showCode({ userCode, verificationUri })
  const endsAt = clock.now() + expires_in * second
  return poll(options, { ...codes.data, endsAt })
}

interface Polling extends z.infer<typeof deviceCodes> {
  readonly endsAt: number
}

async function poll(options: LoginOptions, polling: Polling): Promise<StoredTokens> {
  const { send, clock, wait } = options
  let { interval } = polling
  while (clock.now() < polling.endsAt) {
    await wait(interval * second)
    const response = await requestDeviceTokens(send, polling.device_code)
    if (response === null) continue
    if (response.status === 200) return toTokens(response, clock.now())
    const error = oauthError(response)
    if (error === 'slow_down') interval += 5
    else if (error === 'access_denied') throw new ClientError('You did not allow the access.')
    else if (error === 'expired_token') break
    else if (error !== 'authorization_pending' && response.status < 500) throw unexpected(response)
  }
  throw new ClientError('The code has expired. Run mjrwtf login again.')
}

/** `null` if the server cannot be reached just now: the user may still be deciding (RFC 8628 section 3.5). */
function requestDeviceTokens(send: SendHttp, deviceCode: string): Promise<HttpResponse | null> {
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: deviceCode,
    client_id: clientId,
  }
  return send('/oauth/token', { method: 'POST', form }).catch(() => null)
}

/** Below half of the grace period of a refresh, so that one repetition is within it (decision 046). */
const refreshTimeout = 4 * second

/** The next tokens; `null` if the grant has ended. A lost response is repeated once, which returns the same tokens. */
export async function refreshTokens(
  send: SendHttp,
  clock: Clock,
  refreshToken: string,
): Promise<StoredTokens | null> {
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: clientId }
  const request = { method: 'POST', form, timeout: refreshTimeout } as const
  const response = await send('/oauth/token', request).catch(() => send('/oauth/token', request))
  if (response.status === 200) return toTokens(response, clock.now())
  const error = oauthError(response)
  if (error === 'invalid_grant' || error === 'invalid_client') return null
  throw unexpected(response)
}

/** Ends the grant (RFC 7009). */
export async function revokeTokens(send: SendHttp, { refreshToken }: StoredTokens): Promise<void> {
  const form = { token: refreshToken, client_id: clientId }
  const response = await send('/oauth/revoke', { method: 'POST', form })
  if (response.status !== 200) throw unexpected(response)
}

function toTokens(response: HttpResponse, now: number): StoredTokens {
  const parsed = tokenResponse.safeParse(response.body)
  if (!parsed.success) throw unexpected(response)
  const { access_token: accessToken, refresh_token: refreshToken, expires_in } = parsed.data
  return { accessToken, refreshToken, expiresAt: now + expires_in * second }
}

const oauthErrorBody = z.object({ error: z.string(), error_description: z.string().default('') })

function oauthError({ body }: HttpResponse): string | null {
  return oauthErrorBody.safeParse(body).data?.error ?? null
}

function unexpected({ status, body }: HttpResponse): ClientError {
  const { error_description: description = '' } = oauthErrorBody.safeParse(body).data ?? {}
  if (description !== '') return new ClientError(`The server refused: ${description}`)
  const hint = 'Is this the URL of a mjr.wtf server with this version or a newer one?'
  return new ClientError(`The server answered with status ${status}. ${hint}`)
}
