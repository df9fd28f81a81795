import type { EventSink } from '../domain/events.ts'
import type { Milliseconds } from '../domain/time.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { CookieProfile } from './cookies/cookie-profile.ts'
import type { SignerFor } from './cookies/signed-values.ts'
import type { FormLimits } from './forms/form-reader.ts'
import type { RedirectLoops } from './guards/redirect-loops.ts'
import type { ProxyTrust } from './proxies/client-address.ts'
import type { ReportSharedAddress } from './proxies/shared-address.ts'
import type { PublicOrigin } from './public-origin.ts'
import type { WebSessionsOptions } from './web-sessions.ts'

type DerivedOption =
  | 'recentAuthenticationTimeout'
  | 'baseUrl'
  | 'plainHttp'
  | 'keys'
  | 'cookieName'
  | 'sameSite'
  | 'trustedProxies'
  | 'forwardedHeader'
  | 'trustedOrigins'
  | 'maxFormSize'
  | 'events'

/** Shared by every exchange and guard: the validated options and what is derived from them. */
export interface WebContext<Data> extends Required<Omit<WebSessionsOptions, DerivedOption>> {
  readonly sessions: Sessions<Data>
  readonly origin: PublicOrigin
  /** `undefined` if there are none. */
  readonly trustedOrigins: ReadonlySet<string> | undefined
  readonly formLimits: FormLimits
  readonly cookies: CookieProfile
  readonly proxyTrust: ProxyTrust
  readonly reportSharedAddress: ReportSharedAddress
  readonly redirectLoops: RedirectLoops
  readonly signerFor: SignerFor
  readonly recentAuthenticationTimeout: Milliseconds
  /** Calls every sink; an error of a sink changes nothing. */
  readonly report: EventSink
}
