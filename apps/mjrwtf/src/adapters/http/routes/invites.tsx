import type { Hono } from 'hono'
import { formSchema, readForm } from '../forms.ts'
import { requireInviting, userGuards } from '../guards.ts'
import { limitReached } from '../limits.ts'
import { page } from '../page.ts'
import { frameOf } from '../page-frame.ts'
import { InvitesPage } from '../pages/invites-page.tsx'
import { answerProblem, notFound } from '../problem.tsx'
import type { AppEnv, Site, UserContext } from '../site.ts'

const inviteForm = formSchema({})

/** Where the operator makes invites, with `SIGNUP=invite`. */
export function addInviteRoutes(app: Hono<AppEnv>, site: Site): void {
  const { csrfGuard, securityHeaders } = site.sessions
  const guards = userGuards(site)
  const tokenPage = securityHeaders('token-page')
  app.get('/invites', tokenPage, ...guards, requireInviting(site), (c) => showInvites(site, c))
  app.post('/invites', tokenPage, ...guards, requireInviting(site), csrfGuard, (c) =>
    invite(site, c),
  )
}

async function showInvites(site: Site, c: UserContext): Promise<Response> {
  return page(c, <InvitesPage frame={await frameOf(site, c)} invite={null} />)
}

async function invite(site: Site, c: UserContext): Promise<Response> {
  const form = await readForm(site, c, inviteForm)
  if (form instanceof Response) return form
  const result = await site.useCases.createInvite(c.var.user)
  if (result.status === 'not-allowed') return answerProblem(site, c, notFound)
  if (result.status === 'throttled') {
    const reached = { limit: 'invites', userId: c.var.user.id, throttled: result, message: tooMany }
    return answerProblem(site, c, limitReached(site, c, reached))
  }
  const url = `${site.options.baseUrl}/signup?invite=${encodeURIComponent(result.code)}`
  const frame = await frameOf(site, c, { afterPost: true })
  return page(c, <InvitesPage frame={frame} invite={{ url, expiresAt: result.expiresAt }} />)
}

const tooMany = 'You have made many invites within an hour. Please wait a little.'
