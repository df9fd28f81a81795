import type { Hono } from 'hono'
import { formSchema, formText, readForm } from '../forms/forms.ts'
import type { AppEnv, HttpContext, UserRequestContext } from '../http-context.ts'
import { recentUserGuards } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { redirectWithFlash } from '../responses/credential-redirect.ts'
import { page } from '../responses/page.ts'
import { frameOf } from '../responses/page-frame.ts'
import { signOutDeletedAccount } from '../responses/sign-out-deleted-account.ts'
import { DeleteAccountPage } from './delete-account-page.tsx'

const path = '/settings/delete'
const deleteForm = formSchema({ email: formText })

/** Deletes the account with all its data. */
export function addDeleteAccountRoutes(app: Hono<AppEnv>, context: HttpContext): void {
  const guards = recentUserGuards(context)
  app.get(path, ...guards, (c) => renderForm(context, c, emptyState))
  app.post(path, ...guards, context.sessions.csrfGuard, (c) => deleteAccount(context, c))
}

interface FormState {
  readonly status: 200 | 400 | 409
  readonly input: string
  /** Error of the typed email. */
  readonly problem: string | null
}

const emptyState: FormState = { status: 200, input: '', problem: null }

async function renderForm(
  context: HttpContext,
  c: UserRequestContext,
  { status, input, problem }: FormState,
) {
  const { user } = c.var
  const [frame, { links, clicks }, cannotDelete] = await Promise.all([
    frameOf(context, c),
    context.links.count(user.id),
    context.accounts.isDeletionBlocked(user),
  ])
  const { email } = user
  return page(
    c,
    <DeleteAccountPage {...{ frame, email, links, clicks, cannotDelete, input, problem }} />,
    status,
  )
}

async function deleteAccount(context: HttpContext, c: UserRequestContext): Promise<Response> {
  const form = await readForm(context, c, deleteForm)
  if (form instanceof Response) return form
  const { user } = c.var
  const { status } = await context.accounts.delete({ user, confirmation: form.email })
  if (status === 'not-confirmed') {
    return renderForm(context, c, {
      status: 400,
      input: form.email,
      problem: wrongConfirmationMessage,
    })
  }
  if (status === 'others-remain') return renderForm(context, c, { ...emptyState, status: 409 })
  if (status === 'not-found') return signOutDeletedAccount(c)
  logSecurityEvent(context, c, { event: 'account-deleted', userId: user.id })
  return respondDeleted(context, c)
}

const wrongConfirmationMessage = 'The email does not match. Your account was not deleted.'

/** Like a sign-out: clears the cookie and the browser's data. */
async function respondDeleted(context: HttpContext, c: UserRequestContext): Promise<Response> {
  await c.var.exchange.signOut()
  return redirectWithFlash(context, c, { message: 'Your account was deleted.', to: '/' })
}
