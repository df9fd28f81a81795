import type { Hono } from 'hono'
import type { Administration } from '../../../application/operator/administration.ts'
import type { UserSummary } from '../../../application/operator/user-summary.ts'
import { CsrfField, Field, type FieldErrors } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { addFormPage, type FormContext } from '../forms/form-page.ts'
import { defineForm, formText } from '../forms/forms.ts'
import type { AppEnv, UserRequestContext } from '../http-context.ts'
import { operatorRoutes } from '../middleware/operator-routes.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { frameOf } from '../responses/page.ts'
import { type Problem, respondWithProblem } from '../responses/problem.tsx'
import { redirectWithFlash } from '../responses/redirects.ts'
import { userPath } from './user-page.tsx'
import { userNotFound } from './users.tsx'

export interface DeleteUserContext extends FormContext {
  readonly administration: Pick<Administration, 'findUser' | 'deleteUser'>
}

/** An administrator deletes an account, and confirms it with its email. */
export function addDeleteUserRoutes(app: Hono<AppEnv>, context: DeleteUserContext): void {
  addFormPage(operatorRoutes(app, context), context, {
    path: '/settings/users/:id/delete',
    form: defineForm({ email: formText }),
    async render(c, { values, fieldErrors }) {
      const user = await context.administration.findUser(c.var.user, idOf(c))
      if (user === null) return respondWithProblem(context, c, userNotFound)
      if (user.isOperator) return respondWithProblem(context, c, isAdministrator)
      const frame = await frameOf(context, c)
      return <DeleteUserPage {...{ frame, user, fieldErrors }} input={values.email} />
    },
    async submit(c, { email }) {
      const result = await context.administration.deleteUser(c.var.user, idOf(c), email)
      if (result.status === 'not-found') return respondWithProblem(context, c, userNotFound)
      if (result.status === 'operator') return respondWithProblem(context, c, isAdministrator)
      if (result.status !== 'deleted') return notConfirmed
      const event = 'operator-changed-user'
      const detail = `deleted ${result.user.id}`
      logSecurityEvent(context, c, { event, userId: c.var.user.id, detail })
      const message = `The account of ${result.user.email} was deleted.`
      return redirectWithFlash(context, c, { message, to: '/settings/users' })
    },
  })
}

const notConfirmed = {
  status: 'rejected',
  httpStatus: 400,
  fieldErrors: { email: 'The email does not match. The account was not deleted.' },
} as const

const isAdministrator: Problem = {
  status: 409,
  code: 'conflict',
  message: 'The user is an administrator. Withdraw the role first.',
}

function idOf(c: UserRequestContext): string {
  return c.req.param('id') ?? ''
}

interface DeleteUserPageProps {
  readonly frame: Frame
  readonly user: UserSummary
  readonly input: string
  readonly fieldErrors: FieldErrors
}

function DeleteUserPage({ frame, user, input, fieldErrors }: DeleteUserPageProps) {
  return (
    <SettingsLayout frame={frame} title="Delete account" section="/settings/users">
      <div class="narrow stack">
        <p class="account">
          Account: <strong class="breakable">{user.email}</strong>
        </p>
        <p class="lead">This is permanent. To keep the data, suspend the user instead.</p>
        <h2>Will be deleted</h2>
        <ul class="sentences">
          <li>All links and their statistics. Visitors see that a link is no longer available.</li>
          <li>The account with all sessions, access tokens, connected apps and second factors</li>
          <li>The security log of the user</li>
        </ul>
        <h2>Will be kept</h2>
        <ul class="sentences">
          <li>The short codes, so that no one else can use them</li>
          <li>Existing backups, until they are overwritten</li>
        </ul>
        <form class="card stack" method="post" action={`${userPath(user)}/delete`} data-once="">
          <CsrfField token={frame.csrfToken} />
          <Field
            name="email"
            label="Email of the account, to confirm"
            type="email"
            value={input}
            problem={fieldErrors.email}
            attributes={{ autocomplete: 'off' }}
          />
          <div class="actions">
            <button class="button danger" type="submit">
              Delete permanently
            </button>
            <a class="button secondary" href={userPath(user)}>
              Cancel
            </a>
          </div>
        </form>
      </div>
    </SettingsLayout>
  )
}
