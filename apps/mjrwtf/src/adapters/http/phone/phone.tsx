import type { Hono } from 'hono'
import type { PhoneClient } from '../../../application/phone/change-phone.ts'
import type { PhoneFeature } from '../../../application/phone/phone.ts'
import type { Throttled } from '../../../domain/results.ts'
import { retryText } from '../components/texts.ts'
import {
  addAction,
  addFormPage,
  type FormContext,
  type RejectedForm,
  rejectFields,
  rejectForNow,
} from '../forms/form-page.ts'
import { defineDraftForm, defineForm, formText } from '../forms/forms.ts'
import type { AppEnv, GuardedRoutes, UserRequestContext } from '../http-context.ts'
import { recentUserRoutes, userRoutes } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { frameOf } from '../responses/page.ts'
import { type Problem, respondWithProblem, retryAfterHeader } from '../responses/problem.tsx'
import { redirectAfterCredentials, redirectWithFlash } from '../responses/redirects.ts'
import { type FactorTexts, RemoveFactorPage } from '../second-factors/change-factor-pages.tsx'
import { refusedRemoval } from '../second-factors/refused-removal.ts'
import { stepUp } from '../sign-in/step-up.ts'
import { PhonePage, phonePath, verifyPhonePath } from './phone-page.tsx'
import { VerifyPhonePage } from './verify-phone-page.tsx'

export interface PhoneContext extends FormContext {
  readonly phone: PhoneFeature
}

/** The phone of a user: a number counts once the code that was sent to it is entered. */
export function addPhoneRoutes(app: Hono<AppEnv>, context: PhoneContext): void {
  const recentRoutes = recentUserRoutes(app, context)
  addNumberForm(app, context)
  addCodeForm(recentRoutes, context)
  addAction(recentRoutes, context, {
    path: `${phonePath}/resend`,
    run: (c) => resend(context, c),
    reviewPath: () => verifyPhonePath,
  })
  addRemoval(recentRoutes, context)
}

function clientOf(c: UserRequestContext): PhoneClient {
  const { user, session, exchange } = c.var
  return { user, sessionId: session?.id ?? '', ...exchange.client }
}

/** The page is for any session, its form only after a recent authentication. */
function addNumberForm(app: Hono<AppEnv>, context: PhoneContext): void {
  const routes: GuardedRoutes<UserRequestContext> = {
    get: userRoutes(app, context).get,
    post: recentUserRoutes(app, context).post,
  }
  addFormPage(routes, context, {
    path: phonePath,
    form: defineDraftForm({ number: formText }, ['number']),
    async render(c, { values, ...state }) {
      const status = await context.phone.getStatus(clientOf(c))
      const frame = await frameOf(context, c)
      const now = context.clock.now()
      return <PhonePage {...{ frame, now, number: values.number }} {...status} {...state} />
    },
    async submit(c, { number }) {
      const result = await context.phone.requestNumber(clientOf(c), number)
      if (result.status === 'invalid') return rejectFields(result.fields)
      if (result.status === 'needs-other-factor') return needsOtherFactor
      if (result.status !== 'sent') return rejectSending(context, c, result)
      const response = redirectAfterCredentials(context, c, verifyPhonePath)
      return { status: 'accepted', response }
    },
  })
}

function addCodeForm(routes: GuardedRoutes<UserRequestContext>, context: PhoneContext): void {
  addFormPage(routes, context, {
    path: verifyPhonePath,
    form: defineForm({ code: formText }),
    async render(c, { fieldErrors, problem }) {
      const { sentCode } = await context.phone.getStatus(clientOf(c))
      const isRejected = problem !== null || fieldErrors.code !== undefined
      if (sentCode === null && !isRejected) return c.redirect(phonePath, 303)
      const frame = await frameOf(context, c)
      return <VerifyPhonePage {...{ frame, sentCode, fieldErrors, problem }} />
    },
    async submit(c, { code }) {
      const result = await context.phone.confirmNumber(clientOf(c), code)
      if (result.status === 'wrong') return wrongCode
      if (result.status === 'needs-other-factor') return needsOtherFactor
      // The session has just authenticated with the phone. It gets a new secret, as after any change of credentials.
      await stepUp(context, c, ['sms'])
      const { name, isReplaced } = result
      const message = isReplaced ? `Phone changed to ${name}.` : `Phone ${name} added.`
      return redirectWithFlash(context, c, { message, to: phonePath })
    },
  })
}

type Unsent =
  | Throttled
  | { readonly status: 'failed' }
  | { readonly status: 'off' }
  | { readonly status: 'none' }

const unsentTexts: Readonly<Record<Exclude<Unsent['status'], 'throttled'>, string>> = {
  failed:
    'We could not send the text message. If it does not arrive within 30 seconds, try again, or use a passkey or an ' +
    'authenticator app instead.',
  off: 'Text messages are not available on this site.',
  none: 'Enter your phone number first.',
}

function rejectSending(context: PhoneContext, c: UserRequestContext, unsent: Unsent): RejectedForm {
  if (unsent.status === 'throttled') {
    logLimit(context, c)
    return rejectForNow(unsent, throttledText(unsent))
  }
  const httpStatus = unsent.status === 'none' ? 409 : 503
  return { status: 'rejected', httpStatus, problem: unsentTexts[unsent.status] }
}

function throttledText({ retryAfterSeconds }: Throttled): string {
  return `We cannot send another code yet. ${retryText(retryAfterSeconds)}`
}

function logLimit(context: PhoneContext, c: UserRequestContext): void {
  logSecurityEvent(context, c, { event: 'limit-reached', limit: 'sms', userId: c.var.user.id })
}

const needsOtherFactor: RejectedForm = {
  status: 'rejected',
  httpStatus: 403,
  problem:
    'Add a passkey or an authenticator app first. Administrators can use a phone only next to one.',
}

const wrongCode: RejectedForm = {
  status: 'rejected',
  httpStatus: 403,
  fieldErrors: {
    code: 'This code is wrong or no longer valid. Check the latest message, or request another code.',
  },
}

async function resend(context: PhoneContext, c: UserRequestContext): Promise<Response> {
  const result = await context.phone.resend(clientOf(c))
  if (result.status === 'sent') {
    const message = `We sent another code to ${result.code.name}. The previous one no longer works.`
    return redirectWithFlash(context, c, { message, to: verifyPhonePath })
  }
  if (result.status === 'throttled') logLimit(context, c)
  return respondWithProblem(context, c, unsentProblem(result))
}

function unsentProblem(unsent: Unsent): Problem {
  const nextStep = { path: verifyPhonePath, label: 'Back to the code' } as const
  const title = 'No code was sent'
  if (unsent.status === 'throttled') {
    const headers = [retryAfterHeader(unsent.retryAfterSeconds)] as const
    const message = throttledText(unsent)
    return { status: 429, code: 'too_many_requests', title, message, headers, nextStep }
  }
  const message = unsentTexts[unsent.status]
  if (unsent.status === 'none') {
    const form = { path: phonePath, label: 'Enter a number' } as const
    return { status: 409, code: 'no_code', title, message, nextStep: form }
  }
  return { status: 503, code: 'no_text_message', title, message, nextStep }
}

const removalTexts: FactorTexts = {
  noun: 'phone number',
  renameHint: '',
  removalEffect: 'You can no longer get codes on it.',
  removalHint: 'You can add a number again later.',
}

/** Asks before the removal, as for the other factors. */
function addRemoval(routes: GuardedRoutes<UserRequestContext>, context: PhoneContext): void {
  addFormPage(routes, context, {
    path: `${phonePath}/remove`,
    form: defineForm({}),
    async render(c) {
      const { phone } = await context.phone.getStatus(clientOf(c))
      if (phone === null) return c.redirect(phonePath, 303)
      const frame = await frameOf(context, c)
      const { name } = phone
      return <RemoveFactorPage {...{ frame, path: phonePath, texts: removalTexts, name }} />
    },
    submit: (c) => remove(context, c),
  })
}

async function remove(context: PhoneContext, c: UserRequestContext): Promise<Response> {
  const result = await context.phone.remove(clientOf(c))
  if (result === 'last-factor' || result === 'phone-would-remain') {
    const kept = { noun: 'phone', path: phonePath }
    return respondWithProblem(context, c, refusedRemoval(result, kept))
  }
  // A new secret, as after any change of credentials.
  if (result === 'removed') await c.var.exchange.rotate()
  const message = result === 'removed' ? 'Phone removed.' : 'There was no phone to remove.'
  return redirectWithFlash(context, c, { message, to: phonePath })
}
