import { createHonoSessions, type NonceVariables } from 'coatcheck/hono'
import { type Context, type Env, Hono, type MiddlewareHandler } from 'hono'
import { addAnalyticsRoutes } from './api/analytics.ts'
import { addSessionRoutes } from './api/session.ts'
import { addSessionListRoutes } from './api/sessions.ts'
import { addUrlRoutes } from './api/urls.ts'
import type { AppDependencies, AppSessionData } from './app-dependencies.ts'
import { readAssets, serveAssets } from './assets.ts'
import { answerFailure } from './failures.ts'
import { requireOneHost } from './guards.ts'
import { refuseOtherMethods } from './methods.ts'
import { observe, peerAddress } from './observe.ts'
import { answerProblem, answerRefusal, isForPrograms, notFound } from './problem.tsx'
import { addAccountRoutes } from './routes/account.tsx'
import { addApiDocsRoutes } from './routes/api-docs.tsx'
import { addCspReportRoutes } from './routes/csp-reports.ts'
import { addDashboardRoutes } from './routes/dashboard.tsx'
import { addDeleteAccountRoutes } from './routes/delete-account.tsx'
import { addDevMailRoutes } from './routes/dev-mail.tsx'
import { addExportRoutes } from './routes/export.tsx'
import { addForgotRoutes } from './routes/forgot.tsx'
import { addHomeRoutes } from './routes/home.tsx'
import { addInviteRoutes } from './routes/invites.tsx'
import { addLinkClicksRoutes } from './routes/link-clicks.tsx'
import { addLinkRoutes } from './routes/links.tsx'
import { addNewAccountRoutes } from './routes/new-account.tsx'
import { addOperationRoutes } from './routes/operations.ts'
import { addPasswordRoutes } from './routes/password.tsx'
import { addPeopleRoutes } from './routes/people.tsx'
import { addReauthenticateRoutes } from './routes/reauthenticate.tsx'
import { addResetRoutes } from './routes/reset.tsx'
import { addSecurityLogRoutes } from './routes/security-log.tsx'
import { addSessionEventRoutes } from './routes/session-events.ts'
import { addSessionSettingsRoutes } from './routes/sessions.tsx'
import { addSignInRoutes } from './routes/sign-in.tsx'
import { addVerifyRoutes } from './routes/verify.tsx'
import { answerShortPath, followShortLinks, keepShortHostBare, shortPath } from './short-links.tsx'
import type { AppEnv, Site } from './site.ts'

/** Makes the whole app: every page, the API and the short links. Listens to nothing; give its `fetch` to a server. */
export function createApp(dependencies: AppDependencies): Hono<AppEnv> {
  const app = new Hono<AppEnv>()
  const site = createSite(dependencies)
  addMiddleware(app, site)
  addRoutes(app, site)
  refuseOtherMethods(app, site)
  app.all(shortPath, answerShortPath(site))
  app.notFound((c) => answerProblem(site, c, notFound))
  app.onError(answerFailure(site))
  return app
}

function createSite(dependencies: AppDependencies): Site {
  const site: Site = {
    ...dependencies,
    assets: readAssets(),
    sessions: createHonoSessions<AppSessionData>(dependencies.web, {
      peerAddress,
      respond: (refusal, c: Context<AppEnv>) => answerRefusal(site, c, refusal),
    }),
  }
  return site
}

/**
 * The order is the point: a short link is answered before anything looks for a session. The exchange is
 * open by then, and lazy: it reads nothing until somebody asks.
 */
function addMiddleware(app: Hono<AppEnv>, site: Site): void {
  const { sessions } = site
  app.use(observe(site), sessions.exchange, requireOneHost(site))
  app.use(followShortLinks(site), serveAssets(site))
  app.use(headersByPath(site), keepShortHostBare(site))
  app.use(exceptOperations(sessions.requireHttps), exceptOperations(sessions.redirectToBaseUrl))
  app.use(sessions.refuseEmbedding)
}

function addRoutes(app: Hono<AppEnv>, site: Site): void {
  addOperationRoutes(app, site)
  addCspReportRoutes(app, site)
  addHomeRoutes(app, site)
  addNewAccountRoutes(app, site)
  addSignInRoutes(app, site)
  addForgotRoutes(app, site)
  addResetRoutes(app, site)
  addVerifyRoutes(app, site)
  addAccountRoutes(app, site)
  addPasswordRoutes(app, site)
  addSecurityLogRoutes(app, site)
  addExportRoutes(app, site)
  addDeleteAccountRoutes(app, site)
  addPeopleRoutes(app, site)
  addReauthenticateRoutes(app, site)
  addSessionSettingsRoutes(app, site)
  addSessionEventRoutes(app, site)
  addLinkRoutes(app, site)
  addLinkClicksRoutes(app, site)
  addDashboardRoutes(app, site)
  addInviteRoutes(app, site)
  addUrlRoutes(app, site)
  addAnalyticsRoutes(app, site)
  addSessionRoutes(app, site)
  addSessionListRoutes(app, site)
  addApiDocsRoutes(app, site)
  addDevMailRoutes(app, site)
}

function headersByPath({ sessions }: Site): MiddlewareHandler<{ Variables: NonceVariables }> {
  const forPrograms = sessions.securityHeaders('api')
  const forPeople = sessions.securityHeaders('page')
  return (c, next) => (isForPrograms(c.req.path) ? forPrograms : forPeople)(c, next)
}

/** A load balancer asks for /health and /ready by address and in the clear, and must be answered. */
function exceptOperations<E extends Env>(middleware: MiddlewareHandler<E>): MiddlewareHandler<E> {
  return async (c, next) => {
    const isOperation = c.req.path === '/health' || c.req.path === '/ready'
    return isOperation ? next() : middleware(c, next)
  }
}
