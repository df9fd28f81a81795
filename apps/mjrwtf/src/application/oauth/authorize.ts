import type { Clock } from 'coatcheck'
import { authorizationCodeLifetime } from '../../domain/client-application.ts'
import type { Throttled } from '../../domain/results.ts'
import { effectiveScopes, type Scope } from '../../domain/scope.ts'
import type { Instant } from '../../domain/time.ts'
import type { User } from '../../domain/user.ts'
import type { AuthorizationCodeRepository } from '../ports/authorization-code-repository.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { ClientInfo } from '../shared/describe-client.ts'
import type { Limits } from '../shared/rate-limits.ts'
import type { AuthorizationRequest } from './authorization-request.ts'

export interface AuthorizeDependencies {
  readonly authorizationCodes: Pick<AuthorizationCodeRepository, 'add'>
  readonly limits: Pick<Limits, 'authorization'>
  readonly secrets: Pick<Secrets, 'code' | 'hash'>
  readonly clock: Clock
}

/** The consent of a user to a request. */
export interface Consent {
  readonly request: AuthorizationRequest
  readonly user: User
  readonly session: { readonly id: string; readonly authenticatedAt: Instant }
  readonly from: ClientInfo
  /** The scopes that the page named. */
  readonly scopes: readonly Scope[]
}

export type AuthorizeResult =
  /** Secret: only the redirect to the client contains it. */
  | { readonly status: 'authorized'; readonly code: string }
  /** What the page named is no longer what would be granted: show it again. */
  | { readonly status: 'changed' }
  /** The client was removed meanwhile. */
  | { readonly status: 'client-removed' }
  | Throttled

/** Records the consent and returns the code for the client. */
export type Authorize = (consent: Consent) => Promise<AuthorizeResult>

const maxAgentLength = 512

export function createAuthorize(dependencies: AuthorizeDependencies): Authorize {
  const { authorizationCodes, limits, secrets, clock } = dependencies
  return async function authorize({ request, user, session, from, scopes }) {
    const offered = effectiveScopes(request.scopes, user)
    const isSame =
      offered.length === scopes.length && offered.every((each) => scopes.includes(each))
    if (!isSame || scopes.length === 0) return { status: 'changed' }
    const throttled = await limits.authorization(user.id)
    if (throttled !== null) return throttled
    const [code, now] = [secrets.code(), clock.now()]
    const isAdded = await authorizationCodes.add({
      codeHash: secrets.hash(code),
      clientId: request.client.id,
      userId: user.id,
      sessionId: session.id,
      ipAddress: from.ipAddress,
      userAgent: from.userAgent?.slice(0, maxAgentLength) ?? null,
      redirectUri: request.redirectUri,
      codeChallenge: request.codeChallenge,
      scopes,
      authenticatedAt: session.authenticatedAt,
      createdAt: now,
      expiresAt: now + authorizationCodeLifetime,
    })
    return isAdded ? { status: 'authorized', code } : { status: 'client-removed' }
  }
}
