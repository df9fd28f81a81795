import type { Hono } from 'hono'
import type { OwnSessions, SessionView } from '../../../application/sessions/own-sessions.ts'
import { deviceText } from '../../../application/shared/describe-client.ts'
import type { SignIn } from '../../../application/sign-in/sign-in.ts'
import { trustTokenOf } from '../../../domain/trusted-browser.ts'
import { addConfirmedAction, type Confirmation } from '../forms/confirmed-action.tsx'
import type { AppEnv, PageContext, UserRequestContext } from '../http-context.ts'
import { recentUserRoutes, userRoutes } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { frameOf, page } from '../responses/page.ts'
import { type Problem, respondWithProblem } from '../responses/problem.tsx'
import {
  type RedirectContext,
  redirectWithFlash,
  signedOutMessage,
} from '../responses/redirects.ts'
import { readTrustCookie } from '../sign-in/trusted-browser-cookie.ts'
import { SessionsPage } from './sessions-page.tsx'

export interface SessionsContext extends PageContext {
  readonly ownSessions: OwnSessions
  readonly signIn: Pick<SignIn, 'trustedBrowsers'>
}

const path = '/settings/sessions'

/** Routes that list and end the user's sessions. */
export function addSessionSettingsRoutes(app: Hono<AppEnv>, context: SessionsContext): void {
  userRoutes(app, context).get(path, (c) => showSessions(context, c))
  const routes = recentUserRoutes(app, context)
  addConfirmedAction(routes, context, {
    path: `${path}/:id/revoke`,
    confirm: (c) => confirmEnd(context, c),
    run: (c) => endOne(context, c),
  })
  addConfirmedAction(routes, context, {
    path: `${path}/revoke-others`,
    confirm: () => endOthersConfirmation,
    run: (c) => endOthers(context, c),
  })
  addConfirmedAction(routes, context, {
    path: `${path}/revoke-all`,
    confirm: () => endAllConfirmation,
    run: (c) => endAll(context, c),
  })
  addConfirmedAction(routes, context, {
    path: `${path}/browsers/:id/revoke`,
    confirm: (c) => confirmEndOfTrust(context, c),
    run: (c) => endTrust(context, c),
  })
}

async function showSessions(context: SessionsContext, c: UserRequestContext): Promise<Response> {
  const sessions = await listOwnSessions(context, c)
  const browsers = await context.signIn.trustedBrowsers.list(c.var.user, readTrustCookie(c))
  const frame = await frameOf(context, c)
  return page(c, <SessionsPage {...{ frame, sessions, browsers, now: context.clock.now() }} />)
}

const endOthersConfirmation: Confirmation = {
  title: 'Sign out other devices',
  effect: 'All your other devices are signed out, and your connected apps are disconnected.',
  button: 'Sign out other devices',
  section: path,
}

const endAllConfirmation: Confirmation = {
  title: 'Sign out everywhere',
  effect:
    'All your devices are signed out, this one too, and your connected apps are disconnected.',
  button: 'Sign out everywhere',
  section: path,
}

async function confirmEnd(
  context: SessionsContext,
  c: UserRequestContext,
): Promise<Confirmation | Response> {
  const sessions = await listOwnSessions(context, c)
  const session = sessions.find(({ id }) => id === c.req.param('id'))
  if (session === undefined) return respondWithProblem(context, c, noSuchSession)
  const device = `${deviceText(session.device)}, ${session.ipAddress ?? 'unknown IP address'}`
  return {
    title: 'Sign out a device',
    effect: `${device} is signed out immediately.${session.isCurrent ? ' This is the device you are using.' : ''}`,
    button: 'Sign out device',
    section: path,
  }
}

async function confirmEndOfTrust(
  context: SessionsContext,
  c: UserRequestContext,
): Promise<Confirmation | Response> {
  const browsers = await context.signIn.trustedBrowsers.list(c.var.user, readTrustCookie(c))
  const browser = browsers.find(({ id }) => id === c.req.param('id'))
  if (browser === undefined) return respondWithProblem(context, c, noSuchBrowser)
  return {
    title: 'Stop trusting a browser',
    effect: `${deviceText(browser.device)}, ${browser.ipAddress ?? 'unknown IP address'}: signing in there requires the second step again.`,
    button: 'Stop trusting',
    section: path,
  }
}

async function endOne(context: SessionsContext, c: UserRequestContext): Promise<Response> {
  const sessionId = c.req.param('id') ?? ''
  if (sessionId === c.var.session?.id) return signOutCurrent(context, c)
  const outcome = await context.ownSessions.end({ userId: c.var.user.id, sessionId })
  if (outcome === 'not-found') return respondWithProblem(context, c, noSuchSession)
  return redirectToList(context, c, 'Device signed out.')
}

async function endOthers(context: SessionsContext, c: UserRequestContext): Promise<Response> {
  const currentId = c.var.session?.id ?? null
  const { user } = c.var
  const keptBrowser = trustTokenOf(user, readTrustCookie(c))?.id ?? null
  const ending = { userId: user.id, except: currentId, keptBrowser }
  const count = await context.ownSessions.endAll(ending)
  return redirectToList(context, c, othersEndedMessage(count))
}

async function endAll(context: SessionsContext, c: UserRequestContext): Promise<Response> {
  await context.ownSessions.endAll({ userId: c.var.user.id, except: null })
  return signOutCurrent(context, c)
}

async function endTrust(context: SessionsContext, c: UserRequestContext): Promise<Response> {
  const { user } = c.var
  const outcome = await context.signIn.trustedBrowsers.end(user.id, c.req.param('id') ?? '')
  if (outcome === 'not-found') return respondWithProblem(context, c, noSuchBrowser)
  logSecurityEvent(context, c, { event: 'browser-trust-ended', userId: user.id })
  return redirectToList(context, c, 'That browser is no longer trusted.')
}

/** The same for a browser that another user trusts. */
const noSuchBrowser: Problem = {
  status: 404,
  code: 'not_found',
  message: 'This browser is not trusted, or no longer.',
}

/** Ends the session in the store, if it has not ended yet, and clears the cookie and the browser's data. */
async function signOutCurrent(context: RedirectContext, c: UserRequestContext): Promise<Response> {
  await c.var.exchange.signOut()
  return redirectWithFlash(context, c, { message: signedOutMessage, to: '/' })
}

function redirectToList(
  context: RedirectContext,
  c: UserRequestContext,
  message: string,
): Promise<Response> {
  return redirectWithFlash(context, c, { message, to: path })
}

function othersEndedMessage(count: number): string {
  if (count === 0) return 'You are not signed in anywhere else.'
  return count === 1 ? 'Signed out of 1 other device.' : `Signed out of ${count} other devices.`
}

/** The sessions of the user, with the current one marked. */
export async function listOwnSessions(
  context: Pick<PageContext, 'clock'> & { readonly ownSessions: Pick<OwnSessions, 'list'> },
  c: UserRequestContext,
): Promise<readonly SessionView[]> {
  const id = c.var.session?.id ?? ''
  // The current request is activity that is stored later.
  const current = { id, lastActivityAt: context.clock.now() }
  return context.ownSessions.list({ userId: c.var.user.id, current })
}

/** The same for a session of another user, an ended one and an unknown id. */
export const noSuchSession: Problem = {
  status: 404,
  code: 'not_found',
  message: 'This session does not exist or has already ended.',
}
