import type { EventSink } from '../domain/events.ts'
import type { Milliseconds } from '../domain/time.ts'
import type { Clock, RandomSource } from '../ports/system.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { ProxyTrust } from './client-address.ts'
import type { CookieProfile } from './cookie-profile.ts'
import type { PublicOrigin } from './public-origin.ts'
import type { SignerFor } from './signed-values.ts'

/** Shared by every exchange and guard: the validated options and what is derived from them. */
export interface WebContext<Data> {
  readonly sessions: Sessions<Data>
  readonly origin: PublicOrigin
  readonly cookies: CookieProfile
  readonly proxyTrust: ProxyTrust
  readonly signerFor: SignerFor
  readonly signInPath: string
  readonly reauthenticatePath: string
  readonly recentAuthenticationTimeout: Milliseconds
  readonly apiPrefix: string
  /** Calls every sink; an error of a sink changes nothing. */
  readonly report: EventSink
  readonly clock: Clock
  readonly random: RandomSource
}
