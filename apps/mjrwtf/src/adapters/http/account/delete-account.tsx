import type { Hono } from 'hono'
import type { Accounts } from '../../../application/accounts/accounts.ts'
import type { Links } from '../../../application/links/links.ts'
import { addFormPage, type FormContext } from '../forms/form-page.ts'
import { defineForm, formText } from '../forms/forms.ts'
import type { AppEnv, UserRequestContext } from '../http-context.ts'
import { recentUserRoutes } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { frameOf } from '../responses/page.ts'
import { redirectWithFlash, signOutDeletedAccount } from '../responses/redirects.ts'
import { DeleteAccountPage } from './delete-account-page.tsx'

export interface DeleteAccountContext extends FormContext {
  readonly accounts: FormContext['accounts'] & Pick<Accounts, 'delete' | 'isDeletionBlocked'>
  readonly links: Pick<Links, 'count'>
}

/** Deletes the account with all its data. */
export function addDeleteAccountRoutes(app: Hono<AppEnv>, context: DeleteAccountContext): void {
  addFormPage(recentUserRoutes(app, context), context, {
    path: '/settings/delete',
    form: defineForm({ email: formText }),
    async render(c, { values, fieldErrors }) {
      const { user } = c.var
      const [frame, totals, cannotDelete] = await Promise.all([
        frameOf(context, c),
        context.links.count(user.id),
        context.accounts.isDeletionBlocked(user),
      ])
      const confirmation = { input: values.email, problem: fieldErrors.email ?? null }
      return (
        <DeleteAccountPage
          {...{ frame, email: user.email, hasPassword: user.hasPassword, cannotDelete }}
          {...totals}
          {...confirmation}
        />
      )
    },
    async submit(c, input) {
      const { user } = c.var
      const { status } = await context.accounts.delete({ user, confirmation: input.email })
      if (status === 'not-confirmed') {
        return {
          status: 'rejected',
          httpStatus: 400,
          fieldErrors: { email: wrongConfirmationMessage },
        }
      }
      if (status === 'others-remain') return { status: 'rejected', httpStatus: 409 }
      if (status === 'not-found') return signOutDeletedAccount(c)
      logSecurityEvent(context, c, { event: 'account-deleted', userId: user.id })
      return respondDeleted(context, c)
    },
  })
}

const wrongConfirmationMessage = 'The email does not match. Your account was not deleted.'

/** Like a sign-out: clears the cookie and the browser's data. */
async function respondDeleted(
  context: DeleteAccountContext,
  c: UserRequestContext,
): Promise<Response> {
  await c.var.exchange.signOut()
  return redirectWithFlash(context, c, { message: 'Your account was deleted.', to: '/' })
}
