import { pageHeaders } from 'coatcheck/hono'
import type { Hono, MiddlewareHandler } from 'hono'
import { every } from 'hono/combine'
import type { Operator } from '../../../application/operator/operator.ts'
import { rateLimits } from '../../../domain/rate-limits.ts'
import { CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { CopyButton } from '../components/link-card.tsx'
import { Timestamp } from '../components/timestamp.tsx'
import { addAction } from '../forms/form-page.ts'
import type { AppEnv, GuardedRoutes, PageContext, UserRequestContext } from '../http-context.ts'
import {
  noMiddleware,
  requireConfirmation,
  type UserEnv,
  userGuards,
} from '../middleware/guards.ts'
import { operatorSetUpLocation, requireOperatorLevel } from '../middleware/second-factor-policy.ts'
import { frameOf, page, tokenPageHeaders } from '../responses/page.ts'
import { notFound, rateLimited, respondWithProblem } from '../responses/problem.tsx'

export interface InvitesContext extends PageContext {
  readonly operator: Pick<Operator, 'createInvite'>
}

/** The operator creates invitations, with `SIGNUP=invite`. */
export function addInviteRoutes(app: Hono<AppEnv>, context: InvitesContext): void {
  const { csrfGuard } = context.sessions
  const setHeaders = pageHeaders(context.webSecurity, tokenPageHeaders)
  const guards = [
    setHeaders,
    ...userGuards(context),
    requireInvitesEnabled(context),
    requireOperatorLevel(context),
  ] as const
  const routes: GuardedRoutes<UserRequestContext> = {
    get: (path, handler) => void app.get(path, ...guards, (c) => handler(c)),
    post(path, handler, first = noMiddleware) {
      app.post(path, first, ...guards, every(requireConfirmation(context), csrfGuard), (c) =>
        handler(c),
      )
    },
  }
  routes.get('/invites', (c) => showInvites(context, c))
  addAction(routes, context, {
    path: '/invites',
    run: (c) => invite(context, c),
    reviewPath: () => '/invites',
  })
}

/** 404 for users other than the operator, and unless sign-up is by invitation. */
function requireInvitesEnabled(context: InvitesContext): MiddlewareHandler<UserEnv> {
  return async (c, next) => {
    const { user } = c.var
    if (context.options.signUp !== 'invite' || !user.isOperator) return c.notFound()
    const location = operatorSetUpLocation(context, user, c.req)
    return location === null ? next() : c.redirect(location, 303)
  }
}

async function showInvites(context: InvitesContext, c: UserRequestContext): Promise<Response> {
  return page(c, <InvitesPage frame={await frameOf(context, c)} invite={null} />)
}

async function invite(context: InvitesContext, c: UserRequestContext): Promise<Response> {
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

interface InvitesPageProps {
  readonly frame: Frame
  /** The invitation that was just created. Its link is shown only once. */
  readonly invite: { readonly url: string; readonly expiresAt: number } | null
}

function InvitesPage({ frame, invite }: InvitesPageProps) {
  return (
    <Layout frame={frame} title="Invitations">
      <div class="narrow stack">
        <h1>Invitations</h1>
        <p class="lead">An invitation lets one person create an account within 7 days.</p>
        {invite !== null && <NewInvite {...invite} />}
        <form method="post" action="/invites">
          <CsrfField token={frame.csrfToken} />
          <button class={invite === null ? 'button' : 'button secondary'} type="submit">
            {invite === null ? 'Create invitation' : 'Create another'}
          </button>
        </form>
      </div>
    </Layout>
  )
}

function NewInvite({ url, expiresAt }: { readonly url: string; readonly expiresAt: number }) {
  return (
    <div class="card stack">
      <p>Send this link to one person. You won't see it again.</p>
      <p class="destination mono">{url}</p>
      <p>
        <CopyButton text={url} label="Copy link" variant="button" />
      </p>
      <p class="hint">
        Valid until <Timestamp instant={expiresAt} precision="minute" />.
      </p>
    </div>
  )
}
