import type { Hono } from 'hono'
import type { ConnectedApps } from '../../../application/oauth/connected-apps.ts'
import { addConfirmedAction, type Confirmation } from '../forms/confirmed-action.tsx'
import type { AppEnv, PageContext, UserRequestContext } from '../http-context.ts'
import { recentUserRoutes, userRoutes } from '../middleware/guards.ts'
import { frameOf, page } from '../responses/page.ts'
import { type Problem, respondWithProblem } from '../responses/problem.tsx'
import { redirectWithFlash } from '../responses/redirects.ts'
import { ConnectedAppsPage, connectedAppsPath as path } from './connected-apps-page.tsx'

export interface ConnectedAppsContext extends PageContext {
  readonly connectedApps: ConnectedApps
}

/** Routes that list and end what client applications may do with the account (ASVS 5.0 V10.7.3). */
export function addConnectedAppsRoutes(app: Hono<AppEnv>, context: ConnectedAppsContext): void {
  userRoutes(app, context).get(path, async (c) => {
    const apps = await context.connectedApps.list(c.var.user.id)
    const frame = await frameOf(context, c)
    return page(c, <ConnectedAppsPage {...{ frame, apps, now: context.clock.now() }} />)
  })
  const routes = recentUserRoutes(app, context)
  addConfirmedAction(routes, context, {
    path: `${path}/:id/revoke`,
    confirm: (c) => confirmEnd(context, c),
    run: (c) => endOne(context, c),
  })
  addConfirmedAction(routes, context, {
    path: `${path}/revoke-all`,
    confirm: () => endAllConfirmation,
    run: (c) => endAll(context, c),
  })
}

async function confirmEnd(
  context: ConnectedAppsContext,
  c: UserRequestContext,
): Promise<Confirmation | Response> {
  const apps = await context.connectedApps.list(c.var.user.id)
  const app = apps.find(({ id }) => id === c.req.param('id'))
  if (app === undefined) return respondWithProblem(context, c, noSuchApp)
  return {
    title: 'Disconnect an app',
    effect: `${app.name ?? 'Removed app'} loses access to your account immediately.`,
    button: 'Disconnect',
    section: path,
  }
}

const endAllConfirmation: Confirmation = {
  title: 'Disconnect all apps',
  effect: 'All connected apps lose access to your account immediately.',
  button: 'Disconnect all apps',
  section: path,
}

async function endOne(context: ConnectedAppsContext, c: UserRequestContext): Promise<Response> {
  const outcome = await context.connectedApps.end(c.var.user.id, c.req.param('id') ?? '')
  if (outcome === 'not-found') return respondWithProblem(context, c, noSuchApp)
  return redirectWithFlash(context, c, { message: 'App disconnected.', to: path })
}

async function endAll(context: ConnectedAppsContext, c: UserRequestContext): Promise<Response> {
  const count = await context.connectedApps.endAll(c.var.user.id)
  return redirectWithFlash(context, c, { message: endedMessage(count), to: path })
}

function endedMessage(count: number): string {
  if (count === 0) return 'No app was connected.'
  return count === 1 ? '1 app disconnected.' : `${count} apps disconnected.`
}

/** The same for a grant of another user, an ended one and an unknown id. */
const noSuchApp: Problem = {
  status: 404,
  code: 'not_found',
  message: 'This app is not connected, or no longer.',
}
