import type { ClientApplication } from '../../domain/client-application.ts'
import { isClientId } from '../../domain/client-application.ts'
import type { Throttled } from '../../domain/results.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { Limits } from '../shared/rate-limits.ts'
import type { FindClient } from './command-line-client.ts'

/** The credentials of a request (RFC 6749, section 2.3). */
export interface ClientCredentials {
  readonly clientId: string
  /** `null` for a public client. */
  readonly secret: string | null
  readonly ipAddress: string | null
}

export type AuthenticateClientResult =
  | { readonly status: 'authenticated'; readonly client: ClientApplication }
  /** The same for an unknown client, a wrong or missing secret, and a secret of a public client. */
  | { readonly status: 'refused' }
  | Throttled

export type AuthenticateClient = (
  credentials: ClientCredentials,
) => Promise<AuthenticateClientResult>

export interface AuthenticateClientDependencies {
  readonly findClient: FindClient
  readonly secrets: Pick<Secrets, 'hash' | 'isEqual'>
  readonly limits: Pick<Limits, 'clientAuthentication'>
}

/**
 * Counts failures only, before it responds: a secret has 256 random bits, so that the limit bounds the load of guessing,
 * and clients behind the same IP address cannot block each other.
 */
export function createAuthenticateClient({
  findClient,
  secrets,
  limits,
}: AuthenticateClientDependencies): AuthenticateClient {
  return async function authenticateClient({ clientId, secret, ipAddress }) {
    const client = isClientId(clientId) ? await findClient(clientId) : null
    const expected = client?.secretHash ?? ''
    const isSame = secrets.isEqual(secret === null ? '' : secrets.hash(secret), expected)
    const isAllowed = client?.kind === 'public' ? secret === null : isSame && expected !== ''
    if (client !== null && isAllowed) return { status: 'authenticated', client }
    return (await limits.clientAuthentication(ipAddress)) ?? { status: 'refused' }
  }
}
