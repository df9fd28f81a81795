import type { Hono } from 'hono'
import type { Passwords } from '../../../application/passwords/passwords.ts'
import { retryText } from '../components/texts.ts'
import { addFormPage, type FormContext, rejectFields, rejectForNow } from '../forms/form-page.ts'
import { defineForm, formText } from '../forms/forms.ts'
import type { AppEnv, RequestContext } from '../http-context.ts'
import { visitorRoutes } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { frameOf } from '../responses/page.ts'
import { redirectWithFlash } from '../responses/redirects.ts'
import { readDeviceCookie } from '../sign-in/device-cookie.ts'
import { ForgotPasswordPage } from './email-link-pages.tsx'

export interface ForgotPasswordContext extends FormContext {
  readonly passwords: Pick<Passwords, 'requestReset'>
}

/** Requests an email with a reset link. The response does not reveal whether the account exists. */
export function addForgotPasswordRoutes(app: Hono<AppEnv>, context: ForgotPasswordContext): void {
  const isEmailEnabled = context.options.mail !== 'off'
  addFormPage(visitorRoutes(app, context), context, {
    path: '/forgot',
    form: defineForm({ email: formText }),
    initialValues: (c) => ({ email: c.var.viewer?.email ?? '' }),
    async render(c, { values, ...state }) {
      const frame = await frameOf(context, c, { hasForm: true })
      return <ForgotPasswordPage {...{ frame, isEmailEnabled, email: values.email }} {...state} />
    },
    async submit(c, { email }) {
      // No email would be sent.
      if (!isEmailEnabled) return { status: 'rejected', httpStatus: 503 }
      const result = await context.passwords.requestReset({
        email,
        devices: readDeviceCookie(c),
        ...c.var.exchange.client,
      })
      if (result.status === 'requested') return redirectWithConfirmation(context, c, result.email)
      if (result.status === 'invalid') return rejectFields(result.fields)
      logSecurityEvent(context, c, { event: 'email-rejected', reason: result.status })
      return rejectForNow(result, `${tooManyMessage} ${retryText(result.retryAfterSeconds)}`)
    },
  })
}

/** The same for every email, with or without an account. */
async function redirectWithConfirmation(
  context: ForgotPasswordContext,
  c: RequestContext,
  email: string,
): Promise<Response> {
  const message =
    `If ${email} has an account, we have sent a reset link. ` +
    'It is valid for one hour. Check your spam folder too. ' +
    'If no new email arrives, use the link we sent within the last 30 minutes.'
  return redirectWithFlash(context, c, { message, to: '/forgot' })
}

const tooManyMessage =
  'Too many reset links were requested from your network. If you received one within the last hour, you can use it.'
