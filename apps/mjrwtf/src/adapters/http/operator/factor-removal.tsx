import type { Hono } from 'hono'
import type {
  FactorRemovals,
  RequestFactorRemovalResult,
} from '../../../application/second-factors/factor-removals.ts'
import { rateLimits } from '../../../domain/rate-limits.ts'
import { addAction } from '../forms/form-page.ts'
import type { AppEnv, PageContext, UserRequestContext } from '../http-context.ts'
import { operatorRoutes } from '../middleware/operator-routes.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { frameOf, page } from '../responses/page.ts'
import { type Problem, rateLimited, respondWithProblem } from '../responses/problem.tsx'
import { redirectWithFlash } from '../responses/redirects.ts'
import { FactorRemovalPage } from './factor-removal-page.tsx'
import { userNotFound } from './users.tsx'

export interface FactorRemovalContext extends PageContext {
  readonly factorRemovals: Pick<FactorRemovals, 'review' | 'request' | 'cancelByOperator'>
}

const path = '/settings/users/:id/factor-removal'

/** The operator requests or cancels the removal of the second factors of a user who has lost them. */
export function addFactorRemovalRoutes(app: Hono<AppEnv>, context: FactorRemovalContext): void {
  const routes = operatorRoutes(app, context)
  routes.get(path, (c) => showRemoval(context, c))
  addAction(routes, context, {
    path,
    run: (c) => requestRemoval(context, c),
    reviewPath: (c) => c.req.path,
  })
  addAction(routes, context, {
    path: `${path}/cancel`,
    run: (c) => cancelRemoval(context, c),
    reviewPath: (c) => c.req.path.replace(/\/cancel$/, ''),
  })
}

async function showRemoval(context: FactorRemovalContext, c: UserRequestContext) {
  const review = await context.factorRemovals.review(c.var.user, idOf(c))
  if (review === null) return respondWithProblem(context, c, userNotFound)
  const frame = await frameOf(context, c)
  const isOwn = review.user.id === c.var.user.id
  return page(c, <FactorRemovalPage {...{ frame, isOwn, ...review }} />)
}

async function requestRemoval(context: FactorRemovalContext, c: UserRequestContext) {
  const result = await context.factorRemovals.request(c.var.user, idOf(c))
  if (result.status === 'requested') {
    const { id: detail, email } = result.user
    const event = 'operator-requested-factor-removal'
    logSecurityEvent(context, c, { event, userId: c.var.user.id, detail })
    return redirectToPage(context, c, `Requested. ${email} was notified and can cancel it.`)
  }
  if (result.status === 'pending') {
    return redirectToPage(context, c, 'The removal is pending already. It is due as before.')
  }
  return respondWithProblem(context, c, problemOf(context, c, result))
}

type Refusal = Exclude<
  RequestFactorRemovalResult,
  { readonly status: 'requested' } | { readonly status: 'pending' }
>

function problemOf(context: FactorRemovalContext, c: UserRequestContext, refusal: Refusal) {
  if (refusal.status !== 'throttled') return problems[refusal.status]
  const message = `The removal was requested ${rateLimits.factorRemovals.max} times within an hour.`
  const hit = { limit: 'factor-removals', userId: c.var.user.id, throttled: refusal, message }
  return rateLimited(context, c, hit)
}

const notRemoved = { status: 409, code: 'conflict', title: 'Nothing was changed' } as const

const problems: Readonly<Record<Exclude<Refusal['status'], 'throttled'>, Problem>> = {
  'not-found': userNotFound,
  'own-account': {
    ...notRemoved,
    message: 'Remove your own second factors in your settings, where you confirm it with one.',
  },
  'email-disabled': {
    ...notRemoved,
    message: 'This server sends no email, so the user could not cancel it.',
  },
  'no-second-factor': { ...notRemoved, message: 'This user has no second factor.' },
}

async function cancelRemoval(context: FactorRemovalContext, c: UserRequestContext) {
  const result = await context.factorRemovals.cancelByOperator(c.var.user, idOf(c))
  if (result.status === 'not-found') return respondWithProblem(context, c, userNotFound)
  if (result.status === 'none') {
    return redirectToPage(context, c, 'There is no removal to cancel. It may be complete.')
  }
  const { id: detail, email } = result.user
  const event = 'operator-canceled-factor-removal'
  logSecurityEvent(context, c, { event, userId: c.var.user.id, detail })
  return redirectToPage(context, c, `Canceled. ${email} keeps the second factors.`)
}

function idOf(c: UserRequestContext): string {
  return c.req.param('id') ?? ''
}

function redirectToPage(context: FactorRemovalContext, c: UserRequestContext, message: string) {
  const to = `/settings/users/${encodeURIComponent(idOf(c))}/factor-removal`
  return redirectWithFlash(context, c, { message, to })
}
