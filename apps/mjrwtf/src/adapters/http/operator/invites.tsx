import { pageHeaders } from 'coatcheck/hono'
import type { Hono } from 'hono'
import { rateLimits } from '../../../domain/rate-limits.ts'
import { formSchema, readForm } from '../forms/forms.ts'
import type { AppEnv, HttpContext, UserRequestContext } from '../http-context.ts'
import { requireInvitesEnabled, userGuards } from '../middleware/guards.ts'
import { tokenPageHeaders } from '../responses/header-overrides.ts'
import { page } from '../responses/page.ts'
import { frameOf } from '../responses/page-frame.ts'
import { notFound, respondWithProblem } from '../responses/problem.tsx'
import { rateLimited } from '../responses/rate-limited.ts'
import { InvitesPage } from './invites-page.tsx'

const inviteForm = formSchema({})

/** The operator creates invitations, with `SIGNUP=invite`. */
export function addInviteRoutes(app: Hono<AppEnv>, context: HttpContext): void {
  const { csrfGuard } = context.sessions
  const guards = userGuards(context)
  const setHeaders = pageHeaders(context.webSecurity, tokenPageHeaders)
  app.get('/invites', setHeaders, ...guards, requireInvitesEnabled(context), (c) =>
    showInvites(context, c),
  )
  app.post('/invites', setHeaders, ...guards, requireInvitesEnabled(context), csrfGuard, (c) =>
    invite(context, c),
  )
}

async function showInvites(context: HttpContext, c: UserRequestContext): Promise<Response> {
  return page(c, <InvitesPage frame={await frameOf(context, c)} invite={null} />)
}

async function invite(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const form = await readForm(context, c, inviteForm)
  if (form instanceof Response) return form
  const result = await context.operator.createInvite(c.var.user)
  if (result.status === 'not-allowed') return respondWithProblem(context, c, notFound)
  if (result.status === 'throttled') {
    const hit = {
      limit: 'invites',
      userId: c.var.user.id,
      throttled: result,
      message: tooManyMessage,
    }
    return respondWithProblem(context, c, rateLimited(context, c, hit))
  }
  const url = `${context.options.baseUrl}/signup?invite=${encodeURIComponent(result.code)}`
  const frame = await frameOf(context, c, { isAfterPost: true })
  return page(c, <InvitesPage frame={frame} invite={{ url, expiresAt: result.expiresAt }} />)
}

const tooManyMessage = `You have reached the limit of ${rateLimits.invites.max} invitations per hour.`
