import type { Hono } from 'hono'
import type { EmailAddresses } from '../../../application/email/email.ts'
import { retryText } from '../components/texts.ts'
import {
  addAction,
  addFormPage,
  type FormContext,
  rejectFields,
  rejectForNow,
} from '../forms/form-page.ts'
import { defineDraftForm, formText } from '../forms/forms.ts'
import type { AppEnv, UserRequestContext } from '../http-context.ts'
import { recentUserRoutes, userRoutes } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { frameOf, page } from '../responses/page.ts'
import { type Problem, respondWithProblem, retryAfterHeader } from '../responses/problem.tsx'
import { redirectWithFlash } from '../responses/redirects.ts'
import { AccountPage, ChangeEmailPage } from './account-page.tsx'

export interface AccountContext extends FormContext {
  readonly email: Pick<
    EmailAddresses,
    'getStatus' | 'requestChange' | 'requestVerification' | 'cancelChange'
  >
}

const path = '/settings/account'

/** Routes of the account page and of the email change. */
export function addAccountRoutes(app: Hono<AppEnv>, context: AccountContext): void {
  const routes = userRoutes(app, context)
  routes.get(path, (c) => showAccount(context, c))
  addChangeEmailForm(app, context)
  addAction(routes, context, {
    path: '/settings/email/verification',
    run: (c) => resendVerification(context, c),
  })
  // No step-up: canceling keeps the account as it is.
  addAction(routes, context, {
    path: '/settings/email/cancel',
    run: (c) => cancelEmailChange(context, c),
  })
}

async function showAccount(context: AccountContext, c: UserRequestContext): Promise<Response> {
  const { id, email } = c.var.user
  const emailStatus = await context.email.getStatus(id)
  const frame = await frameOf(context, c)
  const isEmailEnabled = context.options.mail !== 'off'
  return page(c, <AccountPage {...{ frame, email, isEmailEnabled, ...emailStatus }} />)
}

function addChangeEmailForm(app: Hono<AppEnv>, context: AccountContext): void {
  addFormPage(recentUserRoutes(app, context), context, {
    path: '/settings/email',
    form: defineDraftForm({ email: formText }, ['email']),
    async render(c, { values, ...state }) {
      if (context.options.mail === 'off') return respondWithProblem(context, c, emailDisabled)
      const frame = await frameOf(context, c)
      const currentEmail = c.var.user.email
      return <ChangeEmailPage {...{ frame, currentEmail, email: values.email }} {...state} />
    },
    async submit(c, { email }) {
      if (context.options.mail === 'off') return respondWithProblem(context, c, emailDisabled)
      const { user } = c.var
      const result = await context.email.requestChange({ user, email })
      if (result.status === 'invalid') return rejectFields(result.fields)
      if (result.status === 'throttled') {
        logSecurityEvent(context, c, { event: 'email-rejected', reason: 'throttled' })
        return rejectForNow(result, tooManyEmails(result.retryAfterSeconds).message)
      }
      logSecurityEvent(context, c, { event: 'email-change-requested', userId: user.id })
      const message = `We sent a confirmation link to ${result.newEmail}. Nothing changes until you click it.`
      return { status: 'accepted', response: redirectWithFlash(context, c, { message, to: path }) }
    },
  })
}

const accountLink = { path, label: 'Back to your account' } as const

const emailDisabled: Problem = {
  status: 503,
  code: 'no_mail',
  message: 'Changing your email is not available on this site. Contact the administrator.',
  nextStep: accountLink,
}

function tooManyEmails(retryAfterSeconds: number): Problem {
  return {
    status: 429,
    code: 'throttled',
    title: 'Too many emails',
    message: `You have requested too many emails. ${retryText(retryAfterSeconds)}`,
    nextStep: accountLink,
    headers: [retryAfterHeader(retryAfterSeconds)],
  }
}

async function resendVerification(
  context: AccountContext,
  c: UserRequestContext,
): Promise<Response> {
  if (context.options.mail === 'off') return respondWithProblem(context, c, emailDisabled)
  const { user, exchange } = c.var
  const result = await context.email.requestVerification(user, exchange.client)
  if (result.status === 'throttled') {
    logSecurityEvent(context, c, { event: 'email-rejected', reason: 'throttled' })
    return respondWithProblem(context, c, tooManyEmails(result.retryAfterSeconds))
  }
  const isDone = result.status === 'already-verified'
  const sent = `We sent a confirmation link to ${user.email}. It is valid for one day.`
  const message = isDone ? 'Your email is already verified.' : sent
  return redirectWithFlash(context, c, { message, to: path })
}

async function cancelEmailChange(
  context: AccountContext,
  c: UserRequestContext,
): Promise<Response> {
  const { user } = c.var
  const isCanceled = await context.email.cancelChange(user.id)
  if (isCanceled) logSecurityEvent(context, c, { event: 'email-change-canceled', userId: user.id })
  const message = isCanceled ? 'Email change canceled.' : 'There was no email change to cancel.'
  return redirectWithFlash(context, c, { message, to: path })
}
