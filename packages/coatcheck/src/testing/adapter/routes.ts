import { type AuthenticationMethod, isAuthenticationMethod } from '../../domain/authentication.ts'
import type {
  ScenarioGuard,
  ScenarioOutcome,
  ScenarioRequest,
  ScenarioRoute,
  ScenarioRouteResponse,
} from './app.ts'

const reverifyGuards: readonly ScenarioGuard[] = [
  'requireSession',
  'requireUncachedSession',
  'requireUncachedSession',
  'optionalSession',
]

/** The routes of every scenario. Each case requests those that it tests. */
export const scenarioRoutes: readonly ScenarioRoute[] = [
  route('GET', '/untouched', [], async () => text('untouched')),
  route('GET', '/form', [], async ({ exchange }) => text(await exchange.csrfToken())),
  route('GET', '/optional', ['optionalSession'], respondWithUserId),
  route('GET', '/page', ['requireSession'], respondWithUserId),
  route('GET', '/sensitive', ['requireRecentAuthentication'], respondWithUserId),
  route('POST', '/sensitive', ['requireRecentAuthentication', 'csrfGuard'], respondWithUserId),
  route(
    'DELETE',
    '/api/sensitive',
    ['requireRecentAuthentication', 'csrfGuard'],
    respondWithUserId,
  ),
  route('POST', '/step-up', ['csrfGuard'], async ({ exchange, body }) => {
    const methods = toMethods(new URLSearchParams(await body()))
    await exchange.stepUp(methods.length === 0 ? undefined : { methods })
    return seeOther('/sensitive')
  }),
  route('GET', '/level-two', ['requireLevelTwo'], respondWithUserId),
  route('POST', '/level-two', ['requireLevelTwo', 'csrfGuard'], respondWithUserId),
  route('GET', '/recent-level-two', ['requireRecentLevelTwo'], respondWithUserId),
  route('GET', '/api/level-two', ['requireLevelTwo'], respondWithUserId),
  route('GET', '/api/recent-level-two', ['requireRecentLevelTwo'], respondWithUserId),
  route('GET', '/uncached', ['requireUncachedSession'], respondWithUserId),
  route('GET', '/reverified', reverifyGuards, respondWithUserId),
  route('POST', '/page', ['requireSession', 'csrfGuard'], async ({ body }) => text(await body())),
  route('GET', '/one-host', ['requireValidHost'], async () => text('one host')),
  route('GET', '/secure', ['requireHttps'], async () => text('secure')),
  route('POST', '/echo', ['csrfGuard'], async ({ body }) => text(await body())),
  route('POST', '/fields', ['csrfGuard'], respondWithFields),
  route('POST', '/provided', ['provideForm', 'csrfGuard'], respondWithFields),
  route('POST', '/stream', ['csrfGuard'], respondWithByteCount),
  route('POST', '/sign-in', ['csrfGuard'], signInAs),
  // The sign-in path of the web sessions.
  route('POST', '/login', ['csrfGuard'], signInAs),
  ...pendingRoutes(),
  route('POST', '/sign-out', ['csrfGuard'], async ({ exchange }) => {
    await exchange.signOut()
    return seeOther('/')
  }),
  route('POST', '/rotate', ['csrfGuard'], async ({ exchange }) => {
    await exchange.rotate()
    return text('rotated')
  }),
  route('POST', '/flash', ['csrfGuard'], async ({ exchange }) => {
    await exchange.flash({ kind: 'success', message: 'Grüße; "quoted", \u{1f44b}' })
    return seeOther('/flashes')
  }),
  route('GET', '/flashes', [], async ({ exchange }) =>
    text(JSON.stringify(await exchange.takeFlashes())),
  ),
  route('GET', '/throws', [], async ({ exchange }) => {
    await exchange.csrfToken()
    throw new Error('thrown by the scenario')
  }),
  route('GET', '/redirects', [], async ({ exchange }) => {
    await exchange.csrfToken()
    return seeOther('/elsewhere')
  }),
  route('GET', '/streams', [], async ({ exchange }) => {
    await exchange.csrfToken()
    return { ...text('streamed'), streams: true }
  }),
  route('GET', '/own-headers', [], ownHeaders),
  route('GET', '/own-headers/streams', [], async (request) => ({
    ...(await ownHeaders(request)),
    streams: true,
  })),
  route('GET', '/not-modified', [], async ({ exchange }) => {
    await exchange.csrfToken()
    return { status: 304, body: '' }
  }),
  route('POST', '/unread', ['csrfGuard'], async () => text('not read')),
  route('GET', '/unguarded', [], respondWithUserId),
  route('GET', '/api/me', ['bearerOrSession'], respondWithAuthentication),
  route('POST', '/api/me', ['bearerOrSession'], respondWithAuthentication),
  route('DELETE', '/api/me', ['bearerOrSession'], respondWithAuthentication),
  route('GET', '/api/session', ['requireSession'], respondWithUserId),
  route('POST', '/api/echo', ['bearerOrSession'], async ({ body }) => text(await body())),
  route('POST', '/api/stream', ['bearerOrSession'], respondWithByteCount),
  route('GET', '/api/token', ['enforceResourceIsolation'], async ({ exchange }) =>
    text(await exchange.csrfToken()),
  ),
  route('POST', '/api/sign-in', ['csrfGuard'], async ({ exchange, body }) => {
    await exchange.signIn({ userId: await body() })
    return text('signed in')
  }),
  route('GET', '/api/throws', ['enforceResourceIsolation'], async () => {
    throw new Error('thrown by the scenario')
  }),
  route('GET', '/api/varies', ['optionalSession'], async () => ({
    ...text('varies'),
    headers: [['Vary', 'Accept-Encoding']],
  })),
  route('GET', '/isolated', ['enforceResourceIsolation'], async () => text('isolated')),
  ...['/page', '/api/me', '/api/urls/1'].map((path) =>
    route('OPTIONS', path, ['corsGuard'], async () => ({ status: 405, body: '' })),
  ),
]

/** A sign-in with a second factor. */
function pendingRoutes(): readonly ScenarioRoute[] {
  return [
    route('GET', '/second-factor', [], async ({ exchange }) => {
      return text(describePending(await exchange.pendingSignIn()))
    }),
    route('POST', '/first-factor', ['csrfGuard'], async ({ exchange, body }) => {
      const fields = new URLSearchParams(await body())
      const started = await exchange.beginSignIn({
        userId: fields.get('user') ?? '',
        methods: ['pwd'],
        credentialsCheckedAt: Number(fields.get('checked_at')),
        remember: fields.get('remember') === 'on',
        state: fields.get('state') ?? '',
      })
      return started.status === 'refused' ? text(started.reason ?? '') : seeOther('/second-factor')
    }),
    route('POST', '/attempt', ['csrfGuard'], async ({ exchange }) => {
      return text(describePending(await exchange.attemptSignIn()))
    }),
    // As an app that ignores whether the attempt was allowed.
    route('POST', '/second-factor', ['csrfGuard'], async ({ exchange }) => {
      await exchange.attemptSignIn()
      const outcome = await exchange.completeSignIn({ methods: ['otp'] })
      return outcome.status === 'signed-in' ? seeOther('/page') : text(outcome.reason ?? '')
    }),
    route('POST', '/cancel', ['csrfGuard'], async ({ exchange }) => {
      await exchange.cancelSignIn()
      return seeOther('/')
    }),
  ]
}

function describePending({ status, reason, pending }: ScenarioOutcome): string {
  const { userId = '', state = '', attemptsLeft = '' } = pending ?? {}
  return pending === undefined ? (reason ?? status) : `${userId} ${state} ${attemptsLeft}`
}

/** The field `methods`, such as `pwd otp`. */
function toMethods(fields: URLSearchParams): readonly AuthenticationMethod[] {
  return (fields.get('methods') ?? '').split(' ').filter(isAuthenticationMethod)
}

async function respondWithUserId({ exchange }: ScenarioRequest): Promise<ScenarioRouteResponse> {
  return text((await exchange.session())?.userId ?? 'anonymous')
}

async function respondWithFields({ exchange }: ScenarioRequest): Promise<ScenarioRouteResponse> {
  const form = await exchange.form()
  return text(form === null ? 'no form' : JSON.stringify([...form]))
}

/** More than the library reads, and more than sockets and streams buffer. */
export const streamedBytes = 8 * 1024 * 1024

/** Responds before the body has ended. */
async function respondWithByteCount({
  readBytes,
}: ScenarioRequest): Promise<ScenarioRouteResponse> {
  return text(String((await readBytes(streamedBytes)) >= streamedBytes))
}

async function ownHeaders({ exchange }: ScenarioRequest): Promise<ScenarioRouteResponse> {
  await exchange.csrfToken()
  return {
    ...text('with headers of its own'),
    headers: [
      ['Set-Cookie', 'theme=dark'],
      ['Set-Cookie', 'language=de'],
      ['Cache-Control', 'public, max-age=60'],
      ['X-Route', 'its own'],
    ],
  }
}

async function respondWithAuthentication({
  authenticatedBy,
}: ScenarioRequest): Promise<ScenarioRouteResponse> {
  return text(authenticatedBy ?? 'anonymous')
}

function route(
  method: ScenarioRoute['method'],
  path: string,
  ...[guards, handle]: [ScenarioRoute['guards'], ScenarioRoute['handle']]
): ScenarioRoute {
  return { method, path, guards, handle }
}

function text(body: string): ScenarioRouteResponse {
  return { status: 200, body }
}

function seeOther(location: string): ScenarioRouteResponse {
  return { status: 303, body: '', headers: [['Location', location]] }
}

async function signInAs({ exchange, body }: ScenarioRequest): Promise<ScenarioRouteResponse> {
  const fields = new URLSearchParams(await body())
  const remember = fields.get('remember') === 'on'
  const userId = fields.get('user') ?? ''
  const outcome = await exchange.signIn({ userId, remember, methods: toMethods(fields) })
  return outcome.status === 'refused' ? text(outcome.reason ?? '') : seeOther('/page')
}
