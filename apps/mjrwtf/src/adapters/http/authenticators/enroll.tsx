import { isResponse } from 'coatcheck/http'
import type { ActivateResult } from '../../../application/authenticators/activate.ts'
import type { Authenticators } from '../../../application/authenticators/authenticators.ts'
import { maxAuthenticators } from '../../../domain/authenticator.ts'
import { rateLimits } from '../../../domain/rate-limits.ts'
import { noErrors } from '../components/fields.tsx'
import type { FormContext } from '../forms/form-page.ts'
import { defineForm, errorsByField, formText, optionalFormText, readForm } from '../forms/forms.ts'
import type { UserRequestContext } from '../http-context.ts'
import { frameOf, page } from '../responses/page.ts'
import { type Problem, rateLimited, respondWithProblem } from '../responses/problem.tsx'
import {
  redirectAfterCredentials,
  redirectWithFlash,
  signOutDeletedAccount,
} from '../responses/redirects.ts'
import { stepUp } from '../sign-in/step-up.ts'
import { authenticatorsPath } from './authenticators-page.tsx'
import { EnrollmentPage } from './enrollment-page.tsx'

export interface EnrollContext extends FormContext {
  readonly authenticators: Pick<Authenticators, 'beginEnrollment' | 'activate'>
}

/** Without an enrollment, the form asks for a new key. */
const form = defineForm({ enrollment: optionalFormText, code: formText, name: formText })

/**
 * Shows a new key, and then the same one until its first code is correct. Both are a POST to the path of the list: no GET
 * returns a key, and a reload shows the list.
 */
export async function enroll(context: EnrollContext, c: UserRequestContext): Promise<Response> {
  c.var.acceptForm?.()
  const input = await readForm(context, c, form.schema)
  if (isResponse(input)) return input
  const { enrollment: token, code, name } = input
  if (token === undefined) return begin(context, c)
  const { user, session, exchange } = c.var
  const { client } = exchange
  const binding = { user, sessionId: session?.id ?? '' }
  const result = await context.authenticators.activate({ ...binding, client, token, code, name })
  return result.status === 'rejected'
    ? showRejected(context, c, { ...result, name })
    : finish(context, c, result)
}

async function begin(context: EnrollContext, c: UserRequestContext): Promise<Response> {
  const { user, session } = c.var
  const sessionId = session?.id ?? ''
  const begun = await context.authenticators.beginEnrollment({ user, sessionId })
  if (begun.status === 'too-many') return respondWithProblem(context, c, tooMany)
  const { enrollment, name } = begun
  const frame = await frameOf(context, c, { isAfterPost: true })
  return page(c, <EnrollmentPage {...{ frame, enrollment, name, fieldErrors: noErrors }} />)
}

type Rejected = Extract<ActivateResult, { readonly status: 'rejected' }> & { readonly name: string }

async function showRejected(
  context: EnrollContext,
  c: UserRequestContext,
  { enrollment, name, fields }: Rejected,
): Promise<Response> {
  const frame = await frameOf(context, c, { isAfterPost: true })
  const fieldErrors = errorsByField(fields)
  return page(c, <EnrollmentPage {...{ frame, enrollment, name, fieldErrors }} />, 400)
}

async function finish(
  context: EnrollContext,
  c: UserRequestContext,
  result: Exclude<ActivateResult, { readonly status: 'rejected' }>,
): Promise<Response> {
  switch (result.status) {
    case 'added':
      // The session has just authenticated with the code. It gets a new secret, as after any change of credentials.
      await stepUp(context, c, ['otp'])
      return redirectWithFlash(context, c, { message: addedMessage, to: authenticatorsPath })
    case 'exists':
      return redirectWithFlash(context, c, { message: addedMessage, to: authenticatorsPath })
    case 'expired':
      await c.var.exchange.flash({ kind: 'error', message: expiredMessage })
      return redirectAfterCredentials(context, c, authenticatorsPath)
    case 'too-many':
      return respondWithProblem(context, c, tooMany)
    case 'user-deleted':
      return signOutDeletedAccount(c)
    case 'throttled': {
      const hit = { limit: 'authenticators', userId: c.var.user.id, message: tooOften }
      return respondWithProblem(context, c, rateLimited(context, c, { ...hit, throttled: result }))
    }
  }
}

const addedMessage = 'Authenticator app added. You will be asked for its code when you sign in.'

const expiredMessage =
  'This setup has expired, so nothing was added. Delete the new entry in your app, then start again.'

const tooOften = `You can add ${rateLimits.authenticators.max} authenticator apps an hour.`

const tooMany: Problem = {
  status: 409,
  code: 'too_many_authenticators',
  title: 'Too many authenticator apps',
  message: `You have ${maxAuthenticators} authenticator apps, the maximum. Remove one to add another.`,
  nextStep: { path: authenticatorsPath, label: 'Your authenticator apps' },
}
