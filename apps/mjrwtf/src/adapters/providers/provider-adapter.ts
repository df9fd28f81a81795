import type { Clock } from 'coatcheck'
import { AuthorizationResponseError } from 'openid-client'
import type {
  ProviderProfile,
  ProviderTransaction,
  SignInProvider,
} from '../../application/ports/providers.ts'
import type { ProviderId } from '../../domain/identity.ts'
import { type ProviderError, toProviderError } from './provider-error.ts'
import type { ProviderFetch } from './provider-fetch.ts'

/** For the log of the operator. Contains nothing that the provider or the visitor has sent. */
export interface ProviderFailure {
  readonly provider: ProviderId
  readonly reason: string
}

export interface AdapterOptions {
  readonly fetch: ProviderFetch
  readonly clock: Clock
  /** From 0 to 1. */
  readonly random: () => number
  readonly onFailure: (failure: ProviderFailure) => void
}

/** What the kinds of providers do differently. Both reject with errors of `openid-client` or `ProviderError`. */
export interface ProviderSteps {
  authorizationUrl(transaction: ProviderTransaction): Promise<URL>
  profile(callbackUrl: URL, transaction: ProviderTransaction): Promise<ProviderProfile>
}

type Description = Pick<
  SignInProvider,
  'id' | 'issuer' | 'name' | 'trustsMfa' | 'confirmsAuthentication' | 'logout'
>

/** Turns the failures of the steps into outcomes, and reports those that concern the operator. */
export function providerOf(
  options: Description & Pick<AdapterOptions, 'onFailure'>,
  steps: ProviderSteps,
): SignInProvider {
  const { id, issuer, name, trustsMfa, confirmsAuthentication, logout } = options

  function failureOf(error: unknown): ProviderError {
    const failure = toProviderError(error)
    if (failure.kind === 'unavailable') options.onFailure({ provider: id, reason: failure.reason })
    return failure
  }

  return {
    ...{ id, issuer, name, trustsMfa, confirmsAuthentication, logout },
    async begin(transaction) {
      try {
        const url = await steps.authorizationUrl(transaction)
        return { status: 'redirect', url: url.href }
      } catch (error) {
        failureOf(error)
        return { status: 'unavailable' }
      }
    },
    async complete(callbackUrl, transaction) {
      try {
        const profile = await steps.profile(callbackUrl, transaction)
        return { status: 'authenticated', profile }
      } catch (error) {
        if (isCancellation(error)) return { status: 'canceled' }
        const { kind, reason } = failureOf(error)
        return kind === 'unavailable' ? { status: 'unavailable' } : { status: 'rejected', reason }
      }
    },
  }
}

function isCancellation(error: unknown): boolean {
  return error instanceof AuthorizationResponseError && error.error === 'access_denied'
}
