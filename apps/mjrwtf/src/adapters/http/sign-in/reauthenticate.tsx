import { type AuthenticationMethod, assuranceLevelOf } from 'coatcheck'
import type { Hono } from 'hono'
import type { z } from 'zod'
import type { IdentityConfirmations } from '../../../application/identities/confirm-identity.ts'
import { isSecondFactor } from '../../../application/sign-in/second-step.ts'
import type { SignIn } from '../../../application/sign-in/sign-in.ts'
import { minute } from '../../../domain/time.ts'
import type { User } from '../../../domain/user.ts'
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
  readonly identityConfirmations: Pick<IdentityConfirmations, 'providersOf'>
}

const reauthenticateForm = defineForm({
  password: formText,
  method: formText,
  code: formText,
  next: optionalFormText,
  ...passkeyFields,
})

type ReauthenticateInput = z.output<typeof reauthenticateForm.schema>

/**
 * The step-up: a signed-in user sends all factors again. A sign-in at a provider that confirms it counts like the
 * password; `addConfirmIdentityRoutes` starts it.
 */
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
  const recent = recentPart(context, c)
  const needsFactor = user.secondFactors > 0 && recent !== 'swk'
  const used = firstPart(user, recent)
  const methods = needsFactor ? await context.signIn.listSecondStepMethods({ user, used }) : []
  const method = methods.find((each) => each === values.method) ?? methods[0] ?? null
  const asksForPassword = user.hasPassword && recent !== 'fed'
  const providers = recent === 'fed' ? [] : await context.identityConfirmations.providersOf(user)
  const step = stepOf(c)
  return (
    <ReauthenticatePage
      frame={await frameOf(context, c)}
      email={user.email}
      next={context.nextPath(values.next)}
      methods={methods}
      canConfirm={needsFactor ? method !== null : asksForPassword}
      asksForPassword={asksForPassword}
      method={method}
      providers={providers}
      needsFactorAfterProvider={needsFactor}
      isEmailEnabled={context.options.mail !== 'off'}
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
  const recent = recentPart(context, c)
  const isComplete =
    user.secondFactors === 0 || isSecondFactor(check.methods, recent === null ? [] : [recent])
  if (isComplete) return redirectAfterCredentials(context, c, next ?? '/dashboard')
  // A passkey that has not verified the user: the password or the provider completes it.
  const message = user.hasPassword
    ? 'Passkey accepted. Now enter your password.'
    : 'Passkey accepted.'
  await exchange.flash({ kind: 'success', message })
  const query = next === null ? '' : `?next=${encodeURIComponent(next)}`
  return redirectAfterCredentials(context, c, `${reauthenticatePath}${query}`)
}

/** The same whichever part was wrong. */
const wrongCombination = 'That did not work. Check your password and your code, and try again.'

/**
 * Checks what was sent: a passkey, or the password and then the other factor. A wrong password does not use up a code.
 * After a recent sign-in at a provider, the other factor alone.
 */
async function checkFactors(
  context: ReauthenticateContext,
  c: UserRequestContext,
  input: ReauthenticateInput,
): Promise<SentFactorCheck> {
  const { user } = c.var
  const factor = { user, step: stepOf(c), input }
  if (passkeyResponseIn(input) !== null) return checkFactor(context, c, factor)
  const recent = recentPart(context, c)
  const isFactorOnly = recent === 'fed' && input.password === '' && input.method !== 'password'
  if (isFactorOnly) return checkFactor(context, c, factor)
  const passwordOnly = { ...factor, input: { ...input, method: 'password' } }
  const password = await checkFactor(context, c, passwordOnly)
  if (password.status !== 'correct' || user.secondFactors === 0) return password
  if (recent === 'swk') return password
  if (input.method === 'password') return { status: 'wrong' }
  const other = await checkFactor(context, c, factor)
  if (other.status !== 'correct') return other
  return { status: 'correct', methods: [...password.methods, ...other.methods] }
}

/** As the guard of sensitive operations requires. */
const recentTime = 15 * minute

/**
 * What a user with second factors has confirmed recently in this session, so that only the other part is missing: a key
 * without user verification, or a sign-in at a provider. `null` for nothing.
 */
function recentPart(
  context: ReauthenticateContext,
  c: UserRequestContext,
): Extract<AuthenticationMethod, 'swk' | 'fed'> | null {
  const methods = c.var.session?.methods ?? []
  const since = context.clock.now() - recentTime + 1
  const recent = methods.filter(({ at }) => at >= since)
  if (c.var.user.secondFactors === 0 || assuranceLevelOf(recent) > 1) return null
  const names = recent.map(({ method }) => method)
  if (names.includes('swk')) return 'swk'
  return names.includes('fed') ? 'fed' : null
}

/** What the other factor is sent together with: nothing for a user without a password, who uses a passkey or a provider. */
function firstPart(
  { hasPassword }: User,
  recent: ReturnType<typeof recentPart>,
): readonly AuthenticationMethod[] {
  if (recent === 'fed') return ['fed']
  return hasPassword ? ['pwd'] : []
}
