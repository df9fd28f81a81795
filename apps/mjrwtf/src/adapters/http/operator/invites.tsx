import { pageHeaders } from 'coatcheck/hono'
import type { Hono, MiddlewareHandler } from 'hono'
import { every } from 'hono/combine'
import type { Operator } from '../../../application/operator/operator.ts'
import type { PendingInvite } from '../../../application/ports/user-repository.ts'
import { rateLimits } from '../../../domain/rate-limits.ts'
import { CsrfField, Field, type FieldErrors } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { CopyButton } from '../components/link-card.tsx'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { Timestamp } from '../components/timestamp.tsx'
import { addAction, addFormPage, type FormContext, type FormState } from '../forms/form-page.ts'
import { defineForm, formText } from '../forms/forms.ts'
import type { AppEnv, GuardedRoutes, UserRequestContext } from '../http-context.ts'
import {
  noMiddleware,
  requireConfirmation,
  type UserEnv,
  userGuards,
} from '../middleware/guards.ts'
import { operatorSetUpLocation, requireOperatorLevel } from '../middleware/second-factor-policy.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { frameOf, page, tokenPageHeaders } from '../responses/page.ts'
import { notFound, rateLimited, respondWithProblem } from '../responses/problem.tsx'
import { redirectWithFlash } from '../responses/redirects.ts'

export interface InvitesContext extends FormContext {
  readonly operator: Pick<Operator, 'createInvite' | 'listInvites' | 'revokeInvite'>
}

const path = '/settings/invitations'

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
  addFormPage(routes, context, {
    path,
    form: defineForm({ email: formText }),
    render: (c, state) => renderPage(context, c, { state, invite: null }),
    submit: (c, { email }) => invite(context, c, email),
  })
  addAction(routes, context, {
    path: `${path}/:id/revoke`,
    run: (c) => revoke(context, c),
    reviewPath: () => path,
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

interface PageState {
  readonly state: Pick<FormState<{ readonly email: string }>, 'values' | 'fieldErrors' | 'problem'>
  readonly invite: { readonly url: string; readonly expiresAt: number } | null
}

async function renderPage(
  context: InvitesContext,
  c: UserRequestContext,
  { state, invite: created }: PageState,
) {
  const invites = await context.operator.listInvites(c.var.user)
  const frame = await frameOf(context, c, { isAfterPost: created !== null })
  const sendsEmail = context.options.mail !== 'off'
  return <InvitesPage {...{ frame, invites, sendsEmail, invite: created, ...state }} />
}

async function invite(context: InvitesContext, c: UserRequestContext, text: string) {
  if (text !== '' && context.options.mail === 'off') return noEmail
  const result = await context.operator.createInvite(c.var.user, text)
  if (result.status === 'not-allowed') return respondWithProblem(context, c, notFound)
  if (result.status === 'invalid-email') return invalidEmail
  if (result.status === 'throttled') {
    const userId = c.var.user.id
    const hit = { limit: 'invites', userId, throttled: result, message: tooManyMessage }
    return respondWithProblem(context, c, rateLimited(context, c, hit))
  }
  const { email, code, expiresAt } = result
  logInvite(context, c, email === null ? 'created' : 'sent')
  if (email !== null) {
    return redirectWithFlash(context, c, { message: `Invitation sent to ${email}.`, to: path })
  }
  const url = `${context.options.baseUrl}/signup?invite=${encodeURIComponent(code)}`
  const state = { values: { email: '' }, fieldErrors: {}, problem: null }
  return page(c, await renderPage(context, c, { state, invite: { url, expiresAt } }))
}

const rejected = { status: 'rejected', httpStatus: 400 } as const
const noEmail = { ...rejected, fieldErrors: { email: 'This server sends no email.' } }
const invalidEmail = {
  ...rejected,
  fieldErrors: { email: 'Enter a valid email address, like name@example.com.' },
}

async function revoke(context: InvitesContext, c: UserRequestContext): Promise<Response> {
  const revoked = await context.operator.revokeInvite(c.var.user, c.req.param('id') ?? '')
  if (revoked) logInvite(context, c, 'revoked')
  const message = revoked
    ? 'Invitation revoked. Its link does not work anymore.'
    : 'The invitation was used or has expired already.'
  return redirectWithFlash(context, c, { message, to: path })
}

function logInvite(context: InvitesContext, c: UserRequestContext, detail: string): void {
  const event = 'operator-changed-invitation'
  logSecurityEvent(context, c, { event, userId: c.var.user.id, detail })
}

const tooManyMessage = `You have reached the limit of ${rateLimits.invites.max} invitations per hour.`

interface InvitesPageProps {
  readonly frame: Frame
  readonly invites: readonly PendingInvite[]
  readonly sendsEmail: boolean
  /** The invitation that was just created. Its link is shown only once. */
  readonly invite: { readonly url: string; readonly expiresAt: number } | null
  readonly values: { readonly email: string }
  readonly fieldErrors: FieldErrors
}

function InvitesPage(props: InvitesPageProps) {
  const { frame, invites, invite: created } = props
  return (
    <SettingsLayout frame={frame} title="Invitations">
      <p class="lead">An invitation lets one person create an account within 7 days.</p>
      {created !== null && <NewInvite {...created} />}
      <CreateForm {...props} />
      <h2>Pending invitations</h2>
      {invites.length === 0 ? (
        <p>No invitation is pending.</p>
      ) : (
        <ul class="devices">
          {invites.map((pending) => (
            <PendingItem pending={pending} csrfToken={frame.csrfToken} />
          ))}
        </ul>
      )}
      {invites.length === 100 && <p class="hint">The newest 100 are shown.</p>}
    </SettingsLayout>
  )
}

function CreateForm({ frame, sendsEmail, values, fieldErrors, invite: created }: InvitesPageProps) {
  return (
    <form class="card stack narrow" method="post" action={path} data-once="">
      <CsrfField token={frame.csrfToken} />
      {sendsEmail && (
        <Field
          name="email"
          label="Send to"
          type="email"
          optional
          value={values.email}
          problem={fieldErrors.email}
          hint="Leave empty to get a link that you hand over yourself."
          attributes={{ autocomplete: 'off' }}
        />
      )}
      <div>
        <button class={created === null ? 'button' : 'button secondary'} type="submit">
          {created === null ? 'Create invitation' : 'Create another'}
        </button>
      </div>
    </form>
  )
}

interface PendingItemProps {
  readonly pending: PendingInvite
  readonly csrfToken: string
}

function PendingItem({ pending, csrfToken }: PendingItemProps) {
  const { id, email, createdBy, expiresAt } = pending
  return (
    <li class="device managed">
      <div class="device-head">
        <h3 class="breakable">{email ?? 'Link without a recipient'}</h3>
      </div>
      <p class="hint device-note breakable">
        By {createdBy} · Valid until <Timestamp instant={expiresAt} precision="minute" />
      </p>
      <form method="post" action={`${path}/${encodeURIComponent(id)}/revoke`} data-once="">
        <CsrfField token={csrfToken} />
        <button class="button secondary small" type="submit">
          Revoke<span class="visually-hidden"> the invitation of {email ?? 'no recipient'}</span>
        </button>
      </form>
    </li>
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
