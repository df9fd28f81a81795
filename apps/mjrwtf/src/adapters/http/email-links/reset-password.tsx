import type { Hono } from 'hono'
import type { Passwords } from '../../../application/passwords/passwords.ts'
import type { ResetPasswordResult } from '../../../application/passwords/reset-password.ts'
import {
  addFormPage,
  type FormContext,
  type RejectedForm,
  rejectFields,
  rejectForNow,
} from '../forms/form-page.ts'
import { defineForm, formText, optionalFormText } from '../forms/forms.ts'
import type { AppEnv, RequestContext } from '../http-context.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { frameOf } from '../responses/page.ts'
import { respondSessionsNotEnded } from '../responses/problem.tsx'
import { redirectWithFlash } from '../responses/redirects.ts'
import { readDeviceCookie, setDeviceCookie } from '../sign-in/device-cookie.ts'
import {
  clearTokenCookie,
  differentLink,
  emailLinkRoutes,
  type InvalidLink,
  isDifferentLink,
  linkField,
  linkFromRequest,
  linkIdOf,
  moveTokenToCookie,
  respondInvalidLink,
} from './email-link.tsx'
import { ResetPasswordPage } from './email-link-pages.tsx'

export interface ResetPasswordContext extends FormContext {
  readonly passwords: Pick<Passwords, 'checkResetToken' | 'reset'>
}

/** Sets a new password with an emailed link. Does not sign the user in. */
export function addResetPasswordRoutes(app: Hono<AppEnv>, context: ResetPasswordContext): void {
  addFormPage(emailLinkRoutes(app, context), context, {
    path: '/reset',
    form: defineForm({ password: formText, [linkField]: optionalFormText }),
    initialValues: (c) => moveTokenToCookie(c, 'reset') ?? {},
    async render(c, { fieldErrors, problem }) {
      const link = await context.passwords.checkResetToken(linkFromRequest(c, 'reset'))
      if (link.status !== 'valid') return rejectLink(context, c, link)
      const frame = await frameOf(context, c, { hasForm: true })
      const { passwordMinLength } = context.options
      const props = { frame, email: link.email, linkId: linkIdOf(c, 'reset'), passwordMinLength }
      return <ResetPasswordPage {...props} {...{ fieldErrors, problem }} />
    },
    async submit(c, { password, link }) {
      if (isDifferentLink(c, 'reset', link)) return differentLink
      const reset = { ...linkFromRequest(c, 'reset'), password, devices: readDeviceCookie(c) }
      return respond(context, c, await context.passwords.reset(reset))
    },
  })
}

function rejectLink(
  context: ResetPasswordContext,
  c: RequestContext,
  link: InvalidLink,
): Promise<Response> {
  if (link.status === 'invalid-token') clearTokenCookie(c, 'reset')
  return respondInvalidLink(context, c, link)
}

async function respond(
  context: ResetPasswordContext,
  c: RequestContext,
  result: ResetPasswordResult,
): Promise<Response | RejectedForm> {
  if (result.status === 'reset' || result.status === 'reset-only') {
    return respondReset(context, c, result)
  }
  if (result.status === 'invalid') return rejectFields(result.fields)
  if (result.status === 'busy') return rejectForNow(result)
  if (result.status === 'too-many-resets') {
    return rejectForNow({ ...result, status: 'throttled' })
  }
  return rejectLink(context, c, result)
}

type CompletedReset = Extract<ResetPasswordResult, { status: 'reset' | 'reset-only' }>

async function respondReset(
  context: ResetPasswordContext,
  c: RequestContext,
  result: CompletedReset,
): Promise<Response> {
  const { userId, devices } = result
  logSecurityEvent(context, c, { event: 'password-reset', userId })
  clearTokenCookie(c, 'reset')
  setDeviceCookie(c, devices)
  if (result.status === 'reset-only') {
    return respondSessionsNotEnded(context, c, { error: result.error, message: resetOnlyMessage })
  }
  const { exchange } = c.var
  // The session in this browser has ended too. Clear its cookie, so that the flash goes to an anonymous session.
  if (c.var.session?.userId === userId) await exchange.signOut()
  const message = 'Password changed. Sign in with the new one.'
  return redirectWithFlash(context, c, { message, to: '/login' })
}

const resetOnlyMessage =
  'Password changed. Your devices must sign in again with the new password, but we could not finish signing them out. ' +
  'If sign-in is delayed, try again in a few minutes.'
