import { rejectOption } from '../domain/errors.ts'
import type { EventSink } from '../domain/events.ts'
import { requireBoolean, requireNested } from '../domain/options.ts'
import type { ResponseHeader } from '../http/cookies/set-cookie.ts'
import { createWebSessions } from '../http/create-web-sessions.ts'
import type { Exchange } from '../http/exchange/exchange.ts'
import { requestKindOf } from '../http/guards/guard-responses.ts'
import type { RequestHead } from '../http/incoming-request.ts'
import { parsePublicOrigin } from '../http/public-origin.ts'
import { type WebSessions, webSessionsOptionNames } from '../http/web-sessions.ts'
import { systemClock } from '../ports/system.ts'
import { createEventDispatcher } from '../sessions/context.ts'
import { createSessions } from '../sessions/create-sessions.ts'
import { cacheOptionNames, sessionsOptionNames } from '../sessions/options.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { createWebSecurity } from '../web-security/create-web-security.ts'
import { webSecurityOptionNames } from '../web-security/web-security.ts'
import { writeToConsole } from './console-events.ts'
import { createLazyBackend } from './lazy-backend.ts'
import { type CoatcheckOptions, pick, requireCoatcheckOptions } from './options.ts'
import { createProtect } from './protect.ts'
import { createProtectionCheck } from './protection-check.ts'

/** What `coatcheck` returns in every framework. */
export interface CoatcheckBase<Data> {
  /** The operations on sessions, outside of requests too. */
  readonly sessions: Sessions<Data>
  /** The layer below the framework, for what the guards do not offer. */
  readonly web: WebSessions<Data>
  /**
   * Opens and migrates the store and, unless `activityWrites` is set for a serverless platform, starts to
   * sweep. Without this call the first use of a session does both. Rejects with the reason if the store cannot be opened; each later use tries again.
   */
  ready(): Promise<void>
  /**
   * Stops sweeping, writes recorded activity, and closes what the backend has opened. Call it after the
   * server has stopped. Sessions do not keep the process alive; recorded activity is lost without this call.
   */
  close(): Promise<void>
}

/** What the adapters add to their framework. */
export interface Setup<Data> extends CoatcheckBase<Data> {
  /** Refuses a request that must not reach the routes; `null` if it may. */
  protect(exchange: Exchange<Data>): Promise<Response | null>
  /** Whether a request is for a page, whose scripts need a nonce, and not for the API. */
  isPage(request: RequestHead): boolean
  createNonce(): string
  /** The security headers of a page with this nonce, or, for `null`, of the API. */
  headersFor(nonce: string | null): readonly ResponseHeader[]
}

/** Creates the three layers from one object of options. Does no I/O. */
export function createSetup<Data>(
  options: CoatcheckOptions<Data>,
  adapterOptionNames: Readonly<Record<string, true>>,
): Setup<Data> {
  requireCoatcheckOptions(options, adapterOptionNames)
  const events = options.events ?? [writeToConsole]
  const { backend, sessions } = openSessions({ ...options, events })
  const { web, watchedWeb, markProtected } = openWeb(sessions, { ...options, events })
  const security = createWebSecurity(pick(options, webSecurityOptionNames))
  const scope = {
    origin: parsePublicOrigin(options.baseUrl, options.plainHttp),
    apiPrefix: options.apiPrefix ?? '/api/',
  }
  const apiHeaders = security.apiHeaders()

  return {
    sessions,
    web: watchedWeb,
    protect: createProtect({ web, security, scope, markProtected }),
    isPage: (request) => requestKindOf(scope, request) === 'page',
    createNonce: security.createNonce,
    headersFor: (nonce) => (nonce === null ? apiHeaders : security.pageHeaders(nonce)),
    async ready() {
      await backend.open()
    },
    async close() {
      try {
        await sessions.close()
      } finally {
        await backend.close()
      }
    },
  }
}

/** Without the channel, which is that of the backend. */
const { channel: _, ...ownCacheOptionNames } = cacheOptionNames

/** Fits the default type of the data; another one needs the option. */
const noData = Object({ initial: {} })

type WithEvents<Data> = CoatcheckOptions<Data> & { readonly events: readonly EventSink[] }

function openSessions<Data>(options: WithEvents<Data>) {
  const { store, migrate = true, cache = store.cachesByDefault ?? false } = options
  requireBoolean('migrate', migrate)
  if (typeof cache === 'string') rejectOption('cache must be true, false or an object of options')
  if (typeof cache !== 'boolean') requireNested('cache', cache, ownCacheOptionNames)
  const request = { migrate, channel: cache !== false }
  const { activityWrites = 'batched' } = options
  const backend = createLazyBackend(store, request, () => {
    // A serverless platform may not run the timer: there, a scheduled job calls `sessions.sweep`.
    if (activityWrites === 'batched') sessions.startSweeping()
  })
  const { channel } = backend
  const { cache: _, ...rest } = pick(options, sessionsOptionNames)
  const sessions = createSessions<Data>({
    ...rest,
    store: backend.store,
    data: options.data ?? noData,
    ...(cache !== false && { cache: cache === true ? { channel } : { ...cache, channel } }),
  })
  return { backend, sessions }
}

/** In development, `web` also detects that `protect` is missing. */
function openWeb<Data>(sessions: Sessions<Data>, options: WithEvents<Data>) {
  const web = createWebSessions(sessions, pick(options, webSessionsOptionNames))
  if (parsePublicOrigin(options.baseUrl, options.plainHttp).https)
    return { web, watchedWeb: web, markProtected() {} }
  const report = createEventDispatcher(options.events)
  const check = createProtectionCheck(web, { clock: options.clock ?? systemClock, report })
  return { web, watchedWeb: check.web, markProtected: check.markProtected }
}
