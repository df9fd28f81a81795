import { type AuthenticationMethod, assuranceLevelOf } from 'coatcheck'
import type { Hono } from 'hono'
import type { z } from 'zod'
import { isSecondFactor } from '../../../application/sign-in/second-step.ts'
import type { SignIn } from '../../../application/sign-in/sign-in.ts'
import { minute } from '../../../domain/time.ts'
import {
  addAction,
  addFormPage,
  type FormContext,
  type FormState,
  type RejectedForm,
  rejectForNow,
} from '../forms/form-page.ts'
import { defineForm, formText, optionalFormText } from '../forms/forms.ts'
import { passkeyFields, passkeyResponseIn } from '../forms/passkey-fields.ts'
import type { AppEnv, UserRequestContext } from '../http-context.ts'
import { userRoutes } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { frameOf } from '../responses/page.ts'
import { redirectAfterCredentials } from '../responses/redirects.ts'
import {
  type CheckFactorContext,
  checkFactor,
  offerPasskey,
  type SentFactorCheck,
} from './check-factor.ts'
import { findSentCode, type PhoneCodeContext, sendPhoneCode } from './phone-code.ts'
import { ReauthenticatePage, reauthenticatePath } from './reauthenticate-page.tsx'
import { stepUp } from './step-up.ts'

export interface ReauthenticateContext extends FormContext, CheckFactorContext, PhoneCodeContext {
  readonly signIn: CheckFactorContext['signIn'] & Pick<SignIn, 'listSecondStepMethods'>
}

const reauthenticateForm = defineForm({
  password: formText,
  method: formText,
  code: formText,
  next: optionalFormText,
  ...passkeyFields,
})

type ReauthenticateInput = z.output<typeof reauthenticateForm.schema>

/** The step-up: a signed-in user sends all factors again. */
export function addReauthenticateRoutes(app: Hono<AppEnv>, context: ReauthenticateContext): void {
  const routes = userRoutes(app, context)
  addFormPage(routes, context, {
    path: reauthenticatePath,
    form: reauthenticateForm,
    initialValues: (c) => ({ next: c.req.query('next'), method: c.req.query('method') ?? '' }),
    render: (c, state) => renderReauthenticate(context, c, state),
    submit: (c, input) => reauthenticate(context, c, input),
  })
  addAction(routes, context, {
    path: `${reauthenticatePath}/code`,
    async run(c) {
      await sendPhoneCode(context, c, { user: c.var.user, step: stepOf(c) })
      const query = new URLSearchParams({ ...nextQuery(context, c), method: 'phone' })
      return redirectAfterCredentials(context, c, `${reauthenticatePath}?${query}`)
    },
  })
}

function stepOf({ var: { session } }: UserRequestContext) {
  return { sessionId: session?.id ?? '' }
}

/** The form with only a button has no other field, so that its path says where to go next. */
function nextQuery(context: ReauthenticateContext, c: UserRequestContext) {
  const next = context.nextPath(c.req.query('next'))
  return next === null ? {} : { next }
}

async function renderReauthenticate(
  context: ReauthenticateContext,
  c: UserRequestContext,
  { values, problem }: FormState<ReauthenticateInput>,
) {
  const { user } = c.var
  const needsFactor = user.secondFactors > 0 && !hasRecentKey(context, c)
  const methods = needsFactor
    ? await context.signIn.listSecondStepMethods({ user, used: ['pwd'] })
    : []
  const method = methods.find((each) => each === values.method) ?? methods[0] ?? null
  const step = stepOf(c)
  return (
    <ReauthenticatePage
      frame={await frameOf(context, c)}
      email={user.email}
      next={context.nextPath(values.next)}
      methods={methods}
      canConfirm={!needsFactor || method !== null}
      method={method}
      passkeyOffer={method === 'passkey' ? await offerPasskey(context, c, { user, step }) : null}
      sentCode={method === 'phone' ? await findSentCode(context, user, step) : null}
      problem={problem}
    />
  )
}

async function reauthenticate(
  context: ReauthenticateContext,
  c: UserRequestContext,
  input: ReauthenticateInput,
): Promise<Response | RejectedForm> {
  const { user, exchange } = c.var
  const check = await checkFactors(context, c, input)
  if (check.status !== 'correct') {
    const { status: reason } = check
    logSecurityEvent(context, c, { event: 'step-up-failed', reason, userId: user.id })
    if (check.status !== 'wrong') return rejectForNow(check)
    const problem = user.secondFactors > 0 ? wrongCombination : 'Wrong password.'
    return { status: 'rejected', httpStatus: 401, problem }
  }
  // Refused if another tab was faster, whose cookie is valid here too, or if the session has ended, which the next
  // page says.
  await stepUp(context, c, check.methods)
  const next = context.nextPath(input.next)
  const isComplete =
    user.secondFactors === 0 || isSecondFactor(check.methods, recentKey(context, c))
  if (isComplete) return redirectAfterCredentials(context, c, next ?? '/dashboard')
  // A passkey that has not verified the user: the password completes it.
  await exchange.flash({ kind: 'success', message: 'Passkey accepted. Now enter your password.' })
  const query = next === null ? '' : `?next=${encodeURIComponent(next)}`
  return redirectAfterCredentials(context, c, `${reauthenticatePath}${query}`)
}

/** The same whichever part was wrong. */
const wrongCombination = 'That did not work. Check your password and your code, and try again.'

/**
 * Checks what was sent: a passkey, or the password and then the other factor. A wrong password does not use up a code.
 */
async function checkFactors(
  context: ReauthenticateContext,
  c: UserRequestContext,
  input: ReauthenticateInput,
): Promise<SentFactorCheck> {
  const { user } = c.var
  const factor = { user, step: stepOf(c), input }
  if (passkeyResponseIn(input) !== null) return checkFactor(context, c, factor)
  const passwordOnly = { ...factor, input: { ...input, method: 'password' } }
  const password = await checkFactor(context, c, passwordOnly)
  if (password.status !== 'correct' || user.secondFactors === 0) return password
  if (hasRecentKey(context, c)) return password
  if (input.method === 'password') return { status: 'wrong' }
  const other = await checkFactor(context, c, factor)
  if (other.status !== 'correct') return other
  return { status: 'correct', methods: [...password.methods, ...other.methods] }
}

const recentKeyTime = 15 * minute

/** A key with which the user has stepped up recently, without user verification: only the password is missing. */
function recentKey(
  context: ReauthenticateContext,
  c: UserRequestContext,
): readonly AuthenticationMethod[] {
  const methods = c.var.session?.methods ?? []
  const since = context.clock.now() - recentKeyTime + 1
  const recent = methods.filter(({ at }) => at >= since)
  const isKey = recent.some(({ method }) => method === 'swk') && assuranceLevelOf(recent) === 1
  return isKey ? ['swk'] : []
}

function hasRecentKey(context: ReauthenticateContext, c: UserRequestContext): boolean {
  return recentKey(context, c).length > 0
}
