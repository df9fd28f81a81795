import { apiHeaders, createHonoSessions, type NonceVariables, pageHeaders } from 'coatcheck/hono'
import { createWebSecurity } from 'coatcheck/web-security'
import { type Context, type Env, Hono, type MiddlewareHandler } from 'hono'
import type { Accounts } from '../../application/accounts/accounts.ts'
import type { Authenticators } from '../../application/authenticators/authenticators.ts'
import type { ShortDomains } from '../../application/domains/short-domains.ts'
import type { Drafts } from '../../application/drafts/drafts.ts'
import type { EmailAddresses } from '../../application/email/email.ts'
import type { IdentityConfirmations } from '../../application/identities/confirm-identity.ts'
import type { Identities } from '../../application/identities/identities.ts'
import type { ProviderVisits } from '../../application/identities/provider-visits.ts'
import type { ChangeLinks } from '../../application/links/change-links.ts'
import type { Links } from '../../application/links/links.ts'
import type { UnknownCodes } from '../../application/links/unknown-codes.ts'
import type { ConnectedApps } from '../../application/oauth/connected-apps.ts'
import type { DeviceAuthorizations } from '../../application/oauth/device-authorizations.ts'
import type { OAuth } from '../../application/oauth/oauth.ts'
import type { Administration } from '../../application/operator/administration.ts'
import type { Blocklist } from '../../application/operator/blocklist.ts'
import type { ManageLinks } from '../../application/operator/manage-links.ts'
import type { Operator } from '../../application/operator/operator.ts'
import type { LinkReports } from '../../application/operator/report-link.ts'
import type { Passkeys } from '../../application/passkeys/passkeys.ts'
import type { Passwords } from '../../application/passwords/passwords.ts'
import type { PersonalTokens } from '../../application/personal-tokens/personal-tokens.ts'
import type { PhoneFeature } from '../../application/phone/phone.ts'
import type { DeviceDetector } from '../../application/ports/client-detection.ts'
import type { OpenUpload } from '../../application/ports/import-source.ts'
import type { Pace } from '../../application/ports/pace.ts'
import type { UserPreferences } from '../../application/preferences/preferences.ts'
import type { RecoveryCodes } from '../../application/recovery-codes/recovery-codes.ts'
import type { FactorRemovals } from '../../application/second-factors/factor-removals.ts'
import type { ManageFactors } from '../../application/second-factors/manage-factors.ts'
import type { SecurityLog } from '../../application/security-log/security-log.ts'
import type { OwnSessions } from '../../application/sessions/own-sessions.ts'
import type { DescribeLocation } from '../../application/shared/describe-client.ts'
import type { Limits } from '../../application/shared/rate-limits.ts'
import { createUserReads } from '../../application/shared/user-reads.ts'
import type { SharedTokens } from '../../application/shared-tokens/shared-tokens.ts'
import type { SignIn } from '../../application/sign-in/sign-in.ts'
import type { Transfer } from '../../application/transfer/transfer.ts'
import { addAccountRoutes } from './account/account.tsx'
import { addChangePasswordRoutes } from './account/change-password.tsx'
import { addDeleteAccountRoutes } from './account/delete-account.tsx'
import { addExportRoutes } from './account/export.tsx'
import { addSettingsRoutes } from './account/settings-list.tsx'
import { addAccountApiRoutes } from './api/account.ts'
import { addAnalyticsRoutes } from './api/analytics.ts'
import type { ApiOptions } from './api/api-guards.ts'
import { respondUnauthenticated } from './api/challenges.ts'
import { addLinkCodesApiRoutes } from './api/link-codes.ts'
import { addSessionsApiRoutes } from './api/sessions.ts'
import { addUrlRoutes } from './api/urls.ts'
import { addAuthenticatorRoutes } from './authenticators/authenticators.tsx'
import { addDomainRoutes } from './domains/domains.tsx'
import { addForgotPasswordRoutes } from './email-links/forgot-password.tsx'
import { addResetPasswordRoutes } from './email-links/reset-password.tsx'
import { addVerifyEmailRoutes } from './email-links/verify-email.tsx'
import type { AppEnv, AppSessionData, PageContext, RequestContext } from './http-context.ts'
import { addBookmarkletRoutes } from './links/bookmarklet.tsx'
import { addChangeLinksRoutes } from './links/change-links.tsx'
import { addClickCountRoutes } from './links/click-count.ts'
import { addDashboardRoutes } from './links/dashboard.tsx'
import { addLinkCodesRoutes } from './links/link-codes.tsx'
import { addLinkPageRoutes } from './links/link-page-routes.tsx'
import { addLinkRoutes } from './links/links.tsx'
import { addQrFileRoutes } from './links/qr-files.ts'
import { followShortLinks, handleShortPath, isolateShortHost } from './links/short-links.tsx'
import { addStatisticsFileRoutes } from './links/statistics-file.ts'
import { addTagRoutes } from './links/tags.tsx'
import { readAssets, serveAssets } from './middleware/assets.ts'
import { allowedOriginOf, allowOrigins } from './middleware/cors.ts'
import { requireValidHost } from './middleware/guards.ts'
import { type ReadContext, readLimits } from './middleware/limit-reads.ts'
import { rejectOtherMethods } from './middleware/method-not-allowed.ts'
import { rejectNullCharacters } from './middleware/null-characters.ts'
import { createNextPath } from './middleware/own-pages.ts'
import { createTakeTurn } from './middleware/turns.ts'
import { addAuthorizeRoutes } from './oauth/authorize.tsx'
import { addClientRoutes } from './oauth/clients.tsx'
import { addConnectedAppsRoutes } from './oauth/connected-apps.tsx'
import { addDeviceRoutes } from './oauth/device.tsx'
import { addDeviceAuthorizationRoutes } from './oauth/device-authorization.ts'
import { addOAuthEndpoints } from './oauth/endpoints.ts'
import { addBlockedDomainRoutes } from './operator/blocked-domains.tsx'
import { addDeleteUserRoutes } from './operator/delete-user.tsx'
import { addFactorRemovalRoutes } from './operator/factor-removal.tsx'
import { addInviteRoutes } from './operator/invites.tsx'
import { addManagedLinkRoutes } from './operator/managed-links.tsx'
import { addReportQueueRoutes } from './operator/report-queue.tsx'
import { addUnknownCodeRoutes } from './operator/unknown-codes.tsx'
import { addUserActionRoutes } from './operator/user-actions.tsx'
import { addUserRoutes } from './operator/users.tsx'
import { addPasskeyRoutes } from './passkeys/passkeys.tsx'
import { addPersonalTokenRoutes } from './personal-tokens/personal-tokens.tsx'
import { addPhoneRoutes } from './phone/phone.tsx'
import { addPreferencesRoutes } from './preferences/preferences.tsx'
import {
  addBackChannelLogoutRoutes,
  type BackChannelLogoutContext,
} from './providers/back-channel-logout.ts'
import { addConfirmIdentityRoutes } from './providers/confirm-identity.ts'
import { addConnectedAccountsRoutes } from './providers/connected-accounts.tsx'
import { addNewcomerRoutes } from './providers/newcomer.tsx'
import { addProviderLogoutRoutes } from './providers/provider-logout.tsx'
import { addProviderSignInRoutes } from './providers/provider-sign-in.tsx'
import { addApiDocsRoutes } from './public-pages/api-docs.tsx'
import { addCheckLinkRoutes } from './public-pages/check-link.tsx'
import { addCspReportRoutes, cspReportPath } from './public-pages/csp-reports.ts'
import { addDevMailRoutes, type DevMailContext } from './public-pages/dev-mail.tsx'
import { addHealthRoutes, type HealthContext } from './public-pages/health.ts'
import { addHomeRoutes } from './public-pages/home.tsx'
import { addReportLinkRoutes } from './public-pages/report-link.tsx'
import { serveSiteFiles } from './public-pages/site-files.ts'
import { addRecoveryCodeRoutes } from './recovery-codes/recovery-codes.tsx'
import { logRequests, peerAddress, type RequestLogContext } from './reporting/request-log.ts'
import { handleError } from './responses/on-error.ts'
import {
  isApiPath,
  notFound,
  respondWithProblem,
  respondWithRefusal,
} from './responses/problem.tsx'
import { addSecurityRoutes, type SecurityContext } from './security/security.tsx'
import { addSecurityLogRoutes } from './security-log/security-log.tsx'
import { addSessionEventRoutes, type SessionEventsContext } from './sessions/session-events.ts'
import { addSessionSettingsRoutes } from './sessions/sessions.tsx'
import { addSharedTokenRoutes } from './shared-tokens/shared-tokens.tsx'
import { shortPath } from './short-url.ts'
import { addCreateAccountRoutes } from './sign-in/create-account.tsx'
import { addReauthenticateRoutes } from './sign-in/reauthenticate.tsx'
import { addSecondStepRoutes } from './sign-in/second-step.tsx'
import { addSignInRoutes } from './sign-in/sign-in.tsx'
import { addLinkExportRoutes } from './transfer/export-links.ts'
import { addImportRoutes } from './transfer/import.tsx'

/** What the app needs from outside. */
export interface AppDependencies
  extends Pick<PageContext, 'web' | 'clock' | 'log' | 'writes'>,
    Pick<DevMailContext, 'capturedEmails'>,
    HealthContext,
    Pick<RequestLogContext, 'observeRequest'>,
    Pick<BackChannelLogoutContext, 'acceptLogoutToken'>,
    Pick<SecurityContext, 'getSecurityOverview'>,
    SessionEventsContext {
  readonly options: ApiOptions
  readonly accounts: Accounts
  readonly signIn: SignIn
  readonly passwords: Passwords
  readonly passkeys: Passkeys
  readonly identities: Identities
  readonly email: EmailAddresses
  readonly ownSessions: OwnSessions
  readonly securityLog: SecurityLog
  readonly phone: PhoneFeature
  readonly preferences: UserPreferences
  readonly providerVisits: ProviderVisits
  readonly identityConfirmations: IdentityConfirmations
  readonly personalTokens: PersonalTokens
  readonly links: Links
  readonly changeLinks: ChangeLinks
  readonly domains: ShortDomains
  readonly transfer: Transfer
  readonly openUpload: OpenUpload
  readonly drafts: Drafts
  readonly operator: Operator
  readonly administration: Administration
  readonly manageLinks: ManageLinks
  readonly linkReports: LinkReports
  readonly blocklist: Blocklist
  readonly oauth: OAuth
  readonly deviceAuthorizations: DeviceAuthorizations
  readonly connectedApps: ConnectedApps
  readonly detectDevice: DeviceDetector
  readonly describeLocation: DescribeLocation
  readonly authenticators: Authenticators
  readonly manageFactors: ManageFactors
  readonly recoveryCodes: RecoveryCodes
  readonly factorRemovals: FactorRemovals
  readonly sharedTokens: SharedTokens
  readonly unknownCodes: UnknownCodes
  readonly limits: Limits
  readonly pace: Pace
}

/** The context of all routes. Each route names the part that it uses. */
type HttpContext = AppDependencies & PageContext & Pick<ReadContext, 'reads'>

/** Creates the app: the pages, the API and the short links. A server calls its `fetch`. */
export function createApp(dependencies: AppDependencies): Hono<AppEnv> {
  const app = new Hono<AppEnv>()
  const context = createHttpContext(app, dependencies)
  addMiddleware(app, context)
  addRoutes(app, context)
  rejectOtherMethods(app, context)
  app.all(shortPath, handleShortPath(context))
  app.notFound((c) => respondWithProblem(context, c, notFound))
  app.onError(handleError(context))
  return app
}

function createHttpContext(app: Hono<AppEnv>, dependencies: AppDependencies): HttpContext {
  const { baseUrl, allowPlainHttp } = dependencies.options
  const plainHttp = allowPlainHttp ? 'private-network' : 'loopback'
  const takeTurn = createTakeTurn()
  const sessions = createHonoSessions<AppSessionData>(dependencies.web, {
    peerAddress,
    respond: (refusal, c: Context<AppEnv>) => respondWithRefusal(context, c, refusal),
  })
  const context: HttpContext = {
    ...dependencies,
    webSecurity: createWebSecurity({ baseUrl, plainHttp, cspReportPath }),
    assets: readAssets(dependencies.options.site),
    reads: createUserReads({ ...readLimits, pace: dependencies.pace }),
    nextPath: createNextPath(app, dependencies.web),
    takeTurn,
    sessions: {
      ...sessions,
      // It reads the body, and the bodies of many requests arrive at once.
      csrfGuard: (c, next) => sessions.csrfGuard(c, () => takeTurn(c, next)),
    },
  }
  return context
}

/**
 * In this order, a short link redirects before the session is looked up: an open exchange reads nothing by itself. Other
 * requests take turns after that, so that redirects, static files and health checks do not wait for them.
 */
function addMiddleware(app: Hono<AppEnv>, context: HttpContext): void {
  const { sessions, webSecurity } = context
  app.use(logRequests(context), sessions.exchange, requireValidHost(context))
  app.use(followShortLinks(context), serveAssets(context))
  app.use(serveSiteFiles(context), exceptHealthChecks(context.takeTurn))
  app.use(setSiteTimeZone(context))
  app.use(securityHeadersByPath(context), isolateShortHost(context))
  const refuse = (c: RequestContext) => respondUnauthenticated(context, c)
  app.use(allowOrigins({ ...context, refuse }), rejectNullCharacters(context))
  app.use(
    exceptHealthChecks(sessions.check(webSecurity.requireHttps)),
    exceptHealthChecks(sessions.check(webSecurity.redirectToBaseUrl)),
  )
  const isolate = sessions.check(webSecurity.enforceResourceIsolation)
  app.use(exceptAllowedOrigins(context, isolate))
}

/** The time zone of pages without a viewer who has one. */
function setSiteTimeZone({ options }: HttpContext): MiddlewareHandler<AppEnv> {
  return (c, next) => {
    c.set('siteTimeZone', options.defaultTimeZone)
    return next()
  }
}

function addRoutes(app: Hono<AppEnv>, context: HttpContext): void {
  addHealthRoutes(app, context)
  addCspReportRoutes(app, context)
  addHomeRoutes(app, context)
  addCheckLinkRoutes(app, context)
  addCreateAccountRoutes(app, context)
  addSignInRoutes(app, context)
  addSecondStepRoutes(app, context)
  addNewcomerRoutes(app, context)
  addProviderSignInRoutes(app, context)
  addConnectedAccountsRoutes(app, context)
  addBackChannelLogoutRoutes(app, context)
  addProviderLogoutRoutes(app, context)
  addForgotPasswordRoutes(app, context)
  addResetPasswordRoutes(app, context)
  addVerifyEmailRoutes(app, context)
  addSecurityRoutes(app, context)
  addAccountRoutes(app, context)
  addPreferencesRoutes(app, context)
  addChangePasswordRoutes(app, context)
  addPhoneRoutes(app, context)
  addSecurityLogRoutes(app, context)
  addExportRoutes(app, context)
  addDeleteAccountRoutes(app, context)
  addUserRoutes(app, context)
  addUserActionRoutes(app, context)
  addDeleteUserRoutes(app, context)
  addManagedLinkRoutes(app, context)
  addReportQueueRoutes(app, context)
  addBlockedDomainRoutes(app, context)
  addReportLinkRoutes(app, context)
  addAuthenticatorRoutes(app, context)
  addFactorRemovalRoutes(app, context)
  addRecoveryCodeRoutes(app, context)
  addReauthenticateRoutes(app, context)
  addConfirmIdentityRoutes(app, context)
  addSessionSettingsRoutes(app, context)
  addPasskeyRoutes(app, context)
  addPersonalTokenRoutes(app, context)
  addSessionEventRoutes(app, context)
  addDashboardRoutes(app, context)
  addTagRoutes(app, context)
  addChangeLinksRoutes(app, context)
  addImportRoutes(app, context)
  addLinkExportRoutes(app, context)
  addLinkRoutes(app, context)
  addBookmarkletRoutes(app, context)
  addLinkCodesRoutes(app, context)
  addLinkPageRoutes(app, context)
  addQrFileRoutes(app, context)
  addStatisticsFileRoutes(app, context)
  addClickCountRoutes(app, context)
  addUnknownCodeRoutes(app, context)
  addInviteRoutes(app, context)
  addSharedTokenRoutes(app, context)
  addUrlRoutes(app, context)
  addLinkCodesApiRoutes(app, context)
  addAnalyticsRoutes(app, context)
  addSessionsApiRoutes(app, context)
  addAccountApiRoutes(app, context)
  addApiDocsRoutes(app, context)
  addClientRoutes(app, context)
  addDomainRoutes(app, context)
  addSettingsRoutes(app, context)
  addAuthorizeRoutes(app, context)
  addOAuthEndpoints(app, context)
  addDeviceAuthorizationRoutes(app, context)
  addDeviceRoutes(app, context)
  addConnectedAppsRoutes(app, context)
  addDevMailRoutes(app, context)
}

function securityHeadersByPath({
  webSecurity,
}: HttpContext): MiddlewareHandler<{ Variables: NonceVariables }> {
  const setApiHeaders = apiHeaders(webSecurity)
  const setPageHeaders = pageHeaders(webSecurity)
  return (c, next) => (isApiPath(c.req.path) ? setApiHeaders(c, next) : setPageHeaders(c, next))
}

/** Pages of other sites that may call the API. */
function exceptAllowedOrigins<E extends Env>(
  context: HttpContext,
  middleware: MiddlewareHandler<E>,
): MiddlewareHandler<E> {
  return async (c, next) => (allowedOriginOf(context, c) === null ? middleware(c, next) : next())
}

/** Load balancers request /health and /ready by IP address and without TLS. */
function exceptHealthChecks<E extends Env>(middleware: MiddlewareHandler<E>): MiddlewareHandler<E> {
  return async (c, next) => {
    const isHealthCheck = c.req.path === '/health' || c.req.path === '/ready'
    return isHealthCheck ? next() : middleware(c, next)
  }
}
