import type { Clock } from 'coatcheck'
import type { ProviderId } from '../../domain/identity.ts'
import type { Throttled } from '../../domain/results.ts'
import { type Instant, type Milliseconds, minute } from '../../domain/time.ts'
import type {
  ProviderOutcome,
  ProviderRedirect,
  ProviderTransaction,
  SignInProvider,
  SignInProviders,
} from '../ports/providers.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { StateRepository } from '../ports/state-repository.ts'
import type { Limits } from '../shared/rate-limits.ts'

/** A visit to a provider, from its start until the callback. Bound to the browser, the provider, the purpose and the session. */
export interface Visit {
  readonly provider: ProviderId
  /** `link` and `confirm` are for a signed-in user. */
  readonly purpose: 'sign-in' | 'link' | 'confirm'
  /** Path to open afterwards. */
  readonly next: string | null
  readonly remember: boolean
  /** The invite with which a new user signs up. */
  readonly invite: string | null
  /** The session that started the visit and must complete it; `null` to sign in. */
  readonly sessionId: string | null
  /** The visitor must have authenticated at the provider at most this long ago; `null` to accept a session there. */
  readonly maxAge: Milliseconds | null
}

/** A visit that was started. `secret` is known to its browser only. */
export interface StartedVisit extends Visit {
  readonly secret: string
  readonly startedAt: Instant
}

export type VisitStart =
  | { readonly status: 'redirect'; readonly url: string; readonly started: StartedVisit }
  | Extract<ProviderRedirect, { readonly status: 'unavailable' }>

export type VisitOutcome =
  | ProviderOutcome
  | Throttled
  /** A callback with this state was accepted before. */
  | { readonly status: 'rejected'; readonly reason: 'replayed' }

/** How long a visit may take (RFC 9700 section 2.1.1). */
export const visitLifetime: Milliseconds = 10 * minute

export interface ProviderVisitsDependencies {
  readonly providers: SignInProviders
  readonly states: Pick<StateRepository, 'use'>
  readonly limits: Pick<Limits, 'providerCallback'>
  readonly secrets: Pick<Secrets, 'code' | 'hash'>
  readonly clock: Clock
}

interface Completion {
  readonly started: StartedVisit
  /** The URL of the request with the public origin. */
  readonly callbackUrl: URL
  readonly redirectUri: string
  readonly ipAddress: string | null
}

/** Visits of external providers. Starting one writes nothing: its browser keeps what the callback needs. */
export function createProviderVisits(dependencies: ProviderVisitsDependencies) {
  const { providers, states, limits, secrets, clock } = dependencies

  /** The values of one visit differ, so that none reveals another one. */
  function transactionOf(visit: StartedVisit, redirectUri: string): ProviderTransaction {
    return {
      state: secrets.hash(`state ${visit.secret}`),
      nonce: secrets.hash(`nonce ${visit.secret}`),
      codeVerifier: secrets.hash(`code verifier ${visit.secret}`),
      redirectUri,
      maxAge: visit.maxAge,
    }
  }

  return {
    list: (): readonly SignInProvider[] => providers.list(),
    find: (id: string): SignInProvider | null => providers.find(id),
    stateOf: (visit: StartedVisit): string => secrets.hash(`state ${visit.secret}`),
    /** `unavailable` also for a provider that is not configured. */
    async begin(visit: Visit, redirectUri: string): Promise<VisitStart> {
      const provider = providers.find(visit.provider)
      if (provider === null) return { status: 'unavailable' }
      const started = { ...visit, secret: secrets.code(), startedAt: clock.now() }
      const redirect = await provider.begin(transactionOf(started, redirectUri))
      return redirect.status === 'redirect' ? { ...redirect, started } : redirect
    },
    /** Accepts the state once, whatever the provider then says, because its code can be used once too. */
    async complete(completion: Completion): Promise<VisitOutcome> {
      const { started, callbackUrl, redirectUri, ipAddress } = completion
      const provider = providers.find(started.provider)
      if (provider === null) return { status: 'unavailable' }
      const throttled = await limits.providerCallback(ipAddress)
      if (throttled !== null) return throttled
      const transaction = transactionOf(started, redirectUri)
      const hash = secrets.hash(transaction.state)
      const expiresAt = started.startedAt + visitLifetime
      const isFirst = await states.use({ hash, expiresAt })
      return isFirst
        ? provider.complete(callbackUrl, transaction)
        : { status: 'rejected', reason: 'replayed' }
    },
  }
}

export type ProviderVisits = ReturnType<typeof createProviderVisits>
