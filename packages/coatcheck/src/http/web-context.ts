import type { Milliseconds } from '../domain/time.ts'
import type { Clock } from '../ports/clock.ts'
import type { EventSink } from '../ports/event-sink.ts'
import type { RandomSource } from '../ports/random-source.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { ProxyTrust } from './client-address.ts'
import type { CookieProfile } from './cookie-profile.ts'
import type { CookieSigner } from './cookie-signer.ts'
import type { FlashCookie } from './flash-cookie.ts'
import type { PreSession } from './pre-session.ts'
import type { PublicOrigin } from './public-origin.ts'

/** What every exchange and guard works with: the options, read once and made into parts. */
export interface WebContext<Data> {
  readonly sessions: Sessions<Data>
  readonly origin: PublicOrigin
  readonly cookies: CookieProfile
  readonly proxyTrust: ProxyTrust
  readonly preSession: PreSession
  readonly flashCookie: FlashCookie
  readonly cookieSigner: CookieSigner
  readonly signInPath: string
  readonly reauthenticatePath: string
  readonly recentAuthenticationTimeout: Milliseconds
  readonly apiPrefix: string
  /** Tells every sink; what one throws changes nothing. */
  readonly report: EventSink
  readonly clock: Clock
  readonly random: RandomSource
}
