import type { ServerMetadata } from 'openid-client'
import { z } from 'zod'
import type { ProviderLogoutSupport, VerifiedLogout } from '../../application/ports/providers.ts'
import { isProviderIdentifier, type ProviderId } from '../../domain/identity.ts'
import { isLoopbackHost } from '../../domain/ip-address.ts'
import { type Instant, minute, second } from '../../domain/time.ts'
import type { IssuerKeys } from './issuer-keys.ts'
import { type Client, maxClockDifference } from './issuer-metadata.ts'
import type { AdapterOptions } from './provider-adapter.ts'
import { type ProviderError, rejected, toProviderError } from './provider-error.ts'
import type { RefreshedValue } from './refreshed-value.ts'

export interface LogoutSupportOptions extends Pick<AdapterOptions, 'clock' | 'onFailure'> {
  readonly id: ProviderId
  readonly issuer: string
  readonly client: Client
  readonly metadata: RefreshedValue<ServerMetadata>
  readonly keys: IssuerKeys
}

export function createLogoutSupport(options: LogoutSupportOptions): ProviderLogoutSupport {
  const { id, issuer, client, metadata, keys, clock, onFailure } = options

  async function verify(token: string): Promise<VerifiedLogout> {
    const { id_token_signing_alg_values_supported: algorithms = [] } = await metadata.get()
    const { payload, protectedHeader } = await keys.verify(token, algorithms)
    if (!isLogoutType(protectedHeader.typ)) throw rejected('type')
    const { clientId } = client
    return checkClaims(parse(payload), { issuer, clientId, now: clock.now() })
  }

  function failureOf(error: unknown): ProviderError {
    const failure = toProviderError(error)
    if (failure.kind === 'unavailable') onFailure({ provider: id, reason: failure.reason })
    return failure
  }

  return {
    issuer,
    async verifyToken(token) {
      try {
        return { status: 'valid', logout: await verify(token) }
      } catch (error) {
        const { kind, reason } = failureOf(error)
        return kind === 'unavailable' ? { status: 'unavailable' } : { status: 'rejected', reason }
      }
    },
    async findUrl(returnTo) {
      try {
        const { end_session_endpoint: endpoint } = await metadata.get()
        return endpoint === undefined ? null : logoutUrl(endpoint, client, returnTo)
      } catch (error) {
        failureOf(error)
        return null
      }
    },
  }
}

/** Providers from before the type was defined send `JWT` or none. An access token or another kind is no logout token. */
function isLogoutType(type: unknown): boolean {
  return type === undefined || (typeof type === 'string' && /^(logout\+jwt|jwt)$/i.test(type))
}

function parse(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload).toString())
  } catch (error) {
    throw rejected('claims', error)
  }
}

const identifier = z.string().refine(isProviderIdentifier)

const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'

const claimsSchema = z.object({
  iss: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  iat: z.int(),
  exp: z.int().optional(),
  jti: identifier,
  sub: identifier.optional(),
  sid: identifier.optional(),
  events: z.object({ [logoutEvent]: z.object({}) }),
  // An ID token has one, so that none passes for a logout token.
  nonce: z.undefined().optional(),
})

interface ExpectedClaims {
  readonly issuer: string
  readonly clientId: string
  readonly now: Instant
}

/** A logout is reported when it happens. `exp` is newer than some providers. */
const maxAge = 5 * minute

function checkClaims(payload: unknown, { issuer, clientId, now }: ExpectedClaims): VerifiedLogout {
  const parsed = claimsSchema.safeParse(payload)
  if (!parsed.success) throw rejected('claims')
  const { iss, aud, iat, exp, jti, sub = null, sid = null } = parsed.data
  if (iss !== issuer || ![aud].flat().includes(clientId)) throw rejected('claims')
  const tolerance = maxClockDifference * second
  const age = now - iat * second
  if (age < -tolerance || age > maxAge + tolerance) throw rejected('issued-at')
  if (exp !== undefined && now >= exp * second + tolerance) throw rejected('times')
  if (sub === null && sid === null) throw rejected('subject')
  return { issuer, subject: sub, sid, tokenId: jti }
}

/** Without `id_token_hint`, because ID tokens are not stored: the provider asks the visitor. */
function logoutUrl(endpoint: string, { clientId }: Client, returnTo: string): string | null {
  if (!URL.canParse(endpoint)) return null
  const url = new URL(endpoint)
  if (!isSecure(url)) return null
  url.searchParams.set('client_id', clientId)
  url.searchParams.set('post_logout_redirect_uri', returnTo)
  return url.href
}

/** The visitor opens it: no script, and no http except on this machine. */
function isSecure({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname))
}
