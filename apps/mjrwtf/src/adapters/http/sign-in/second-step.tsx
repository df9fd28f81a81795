import type { NoPendingSignInReason, PendingSignIn } from 'coatcheck'
import { isResponse } from 'coatcheck/http'
import type { Hono } from 'hono'
import type { z } from 'zod'
import type { FactorCheck } from '../../../application/second-factors/check-factor.ts'
import { isSecondFactor } from '../../../application/sign-in/second-step.ts'
import type { SignIn } from '../../../application/sign-in/sign-in.ts'
import type { User } from '../../../domain/user.ts'
import { codesLeftText } from '../components/texts.ts'
import {
  addAction,
  addFormPage,
  type FormContext,
  type FormState,
  type RejectedForm,
  rejectForNow,
} from '../forms/form-page.ts'
import { defineForm, formText, optionalFormText } from '../forms/forms.ts'
import { passkeyFields } from '../forms/passkey-fields.ts'
import type { AppEnv, GuardedRoutes, RequestContext } from '../http-context.ts'
import { sessionEndedFlash } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { frameOf, page } from '../responses/page.ts'
import { landingPath, redirectAfterCredentials } from '../responses/redirects.ts'
import { secondStepPath, welcomeBack } from './begin-sign-in.ts'
import {
  type CheckFactorContext,
  checkFactor,
  type FactorStep,
  offerPasskey,
} from './check-factor.ts'
import { type EstablishSessionContext, establishSession } from './establish-session.ts'
import { type PendingState, parsePendingState } from './pending-state.ts'
import { findSentCode, type PhoneCodeContext, sendPhoneCode } from './phone-code.ts'
import { LastAttemptPage, SecondStepPage } from './second-step-page.tsx'
import { readTrustCookie, setTrustCookie } from './trusted-browser-cookie.ts'

export interface SecondStepContext extends FormContext, CheckFactorContext, PhoneCodeContext {
  readonly signIn: CheckFactorContext['signIn'] &
    EstablishSessionContext['signIn'] &
    Pick<SignIn, 'findPendingUser' | 'listSecondStepMethods' | 'trustedBrowsers'>
  readonly identities: EstablishSessionContext['identities']
}

const secondStepForm = defineForm({
  method: formText,
  code: formText,
  /** Only after a passkey without user verification. */
  password: formText,
  trust_browser: optionalFormText,
  /** Id of the pending sign-in for which the page was rendered. */
  sign_in: formText,
  next: optionalFormText,
  ...passkeyFields,
})

type SecondStepInput = z.output<typeof secondStepForm.schema>

/** The second step of a sign-in: the browser has no session, only a pending sign-in. */
export function addSecondStepRoutes(app: Hono<AppEnv>, context: SecondStepContext): void {
  const { csrfGuard } = context.sessions
  const routes: GuardedRoutes<RequestContext> = {
    get: (path, handler) => void app.get(path, (c) => handler(c)),
    post: (path, handler) => void app.post(path, csrfGuard, (c) => handler(c)),
  }
  addFormPage(routes, context, {
    path: secondStepPath,
    form: secondStepForm,
    initialValues: (c) => ({ method: c.req.query('method') ?? '' }),
    render: (c, state) => renderSecondStep(context, c, state),
    submit: (c, input) => submitSecondStep(context, c, input),
  })
  addAction(routes, context, {
    path: `${secondStepPath}/code`,
    run: (c) => sendCode(context, c),
  })
  addAction(routes, context, {
    path: `${secondStepPath}/cancel`,
    async run(c) {
      await c.var.exchange.cancelSignIn()
      return redirectAfterCredentials(context, c, '/login')
    },
  })
}

/** Sends a code by text message, for this sign-in only. */
async function sendCode(context: SecondStepContext, c: RequestContext): Promise<Response> {
  const step = await openStep(context, c)
  if (isResponse(step)) return step
  await sendPhoneCode(context, c, { user: step.user, step: factorStep(step) })
  return redirectAfterCredentials(context, c, `${secondStepPath}?method=phone`)
}

function factorStep({ pending }: OpenStep): FactorStep {
  return { sessionId: null, pendingSignInId: pending.id }
}

/** A pending sign-in that can be completed. */
interface OpenStep {
  readonly pending: PendingSignIn
  readonly state: PendingState
  readonly user: User
}

/** The pending sign-in of the browser, or a redirect to the sign-in page that says why there is none. */
async function openStep(
  context: SecondStepContext,
  c: RequestContext,
  next?: string,
): Promise<OpenStep | Response> {
  const { exchange } = c.var
  const lookup = await exchange.pendingSignIn()
  if (lookup.status === 'none') return startAgain(context, c, { reason: lookup.reason, next })
  const { pending } = lookup
  const state = parsePendingState(pending.state)
  const { passwordVersion = -1 } = state ?? {}
  const user = await context.signIn.findPendingUser({ userId: pending.userId, passwordVersion })
  if (state !== null && user !== null) return { pending, state, user }
  await exchange.cancelSignIn()
  return startAgain(context, c, { reason: 'ended', next: state?.next ?? next })
}

interface StartAgain {
  readonly reason: NoPendingSignInReason
  /** Path to open after signing in. */
  readonly next: string | null | undefined
}

async function startAgain(
  context: SecondStepContext,
  c: RequestContext,
  { reason, next }: StartAgain,
): Promise<Response> {
  const message = endTexts[reason]
  if (message !== null) await c.var.exchange.flash({ kind: sessionEndedFlash, message })
  const path = context.nextPath(next)
  const query = path === null ? '' : `?next=${encodeURIComponent(path)}`
  return redirectAfterCredentials(context, c, `/login${query}`)
}

const endedText = 'This sign-in was completed, canceled or replaced, or your account was changed.'

/** Messages of the sign-in page, which adds "Please sign in again." `null` without a cookie: there is nothing to say. */
const endTexts: Readonly<Record<NoPendingSignInReason, string | null>> = {
  'no-token': null,
  malformed: endedText,
  ended: endedText,
  expired: 'Signing in took longer than ten minutes.',
  'too-many-attempts': 'You sent too many wrong codes.',
}

async function renderSecondStep(
  context: SecondStepContext,
  c: RequestContext,
  { values, problem }: FormState<SecondStepInput>,
) {
  const step = await openStep(context, c, values.next)
  if (isResponse(step)) return step
  const { pending, state, user } = step
  const used = pending.methods.map(({ method }) => method)
  const methods = await context.signIn.listSecondStepMethods({ user, used })
  const method = methods.find((each) => each === values.method) ?? methods[0] ?? null
  const target = { user, step: factorStep(step) }
  const mayTrust = used.includes('pwd') && context.signIn.trustedBrowsers.isAllowed(user)
  return (
    <SecondStepPage
      frame={await frameOf(context, c, { hasForm: true })}
      email={user.email}
      signInId={pending.id}
      next={state.next}
      methods={methods}
      method={method}
      passkeyOffer={method === 'passkey' ? await offerPasskey(context, c, target) : null}
      sentCode={method === 'phone' ? await findSentCode(context, user, target.step) : null}
      mayTrust={mayTrust}
      trust={values.trust_browser === 'on'}
      problem={problem}
    />
  )
}

/** Of two forms in different tabs, each must complete its own sign-in, which may be that of another user. */
async function submitSecondStep(
  context: SecondStepContext,
  c: RequestContext,
  input: SecondStepInput,
): Promise<Response | RejectedForm> {
  const { exchange } = c.var
  const step = await openStep(context, c, input.next)
  if (isResponse(step)) return step
  if (input.sign_in !== '' && input.sign_in !== step.pending.id) {
    await exchange.flash({ kind: 'error', message: otherSignInMessage })
    return redirectAfterCredentials(context, c, secondStepPath)
  }
  const attempt = await exchange.attemptSignIn()
  if (attempt.status === 'none') {
    return startAgain(context, c, { reason: attempt.reason, next: step.state.next })
  }
  const { user, pending } = step
  const check = await checkFactor(context, c, { user, step: factorStep(step), input })
  if (check.status === 'correct' && addsFactor(pending, check)) {
    return completeStep(context, c, { step, input, check })
  }

  const reason = check.status === 'correct' ? 'wrong' : check.status
  const detail = methodName(input)
  logSecurityEvent(context, c, { event: 'second-factor-failed', reason, userId: user.id, detail })
  if (check.status === 'throttled' || check.status === 'busy') return rejectForNow(check)
  return attempt.pending.attemptsLeft > 0 ? wrongFactor : showLastAttempt(context, c, step)
}

/** The page without a form: the pending sign-in allows no further attempt. */
async function showLastAttempt(
  context: SecondStepContext,
  c: RequestContext,
  { state }: OpenStep,
): Promise<Response> {
  const frame = await frameOf(context, c, { hasForm: true })
  return page(c, <LastAttemptPage {...{ frame, next: state.next }} />, 401)
}

/** Not the password again, and not the passkey again: the same factor twice is one factor. */
function addsFactor(pending: PendingSignIn, { methods }: CorrectFactor): boolean {
  const used = pending.methods.map(({ method }) => method)
  return isSecondFactor(used, methods)
}

/** For the security log. Never text of the visitor. */
function methodName({ method, passkey_response }: SecondStepInput): string {
  if (passkey_response !== undefined) return 'passkey'
  return ['authenticator', 'phone', 'recovery-code', 'password'].includes(method)
    ? method
    : 'unknown'
}

const otherSignInMessage =
  'You have started another sign-in in this browser since that page was opened. Nothing was sent. Continue here.'

/** The same for every kind of factor and every cause. */
const wrongFactor: RejectedForm = {
  status: 'rejected',
  httpStatus: 401,
  problem: 'That did not work. Check the code, or try another way.',
}

type CorrectFactor = Extract<FactorCheck, { readonly status: 'correct' }>

interface CorrectStep {
  readonly step: OpenStep
  readonly input: SecondStepInput
  readonly check: CorrectFactor
}

async function completeStep(
  context: SecondStepContext,
  c: RequestContext,
  { step, input, check }: CorrectStep,
): Promise<Response | RejectedForm> {
  const { user, state } = step
  const { identity } = state
  const completion = { methods: check.methods, flash: flashAfter(user, check) }
  const outcome = await establishSession(context, c, { user, completion, identity })
  if (outcome.status !== 'signed-in') {
    const reason = outcome.status === 'none' ? outcome.reason : 'ended'
    return startAgain(context, c, { reason, next: state.next })
  }
  if (input.trust_browser === 'on') await trustBrowser(context, c, step)
  return redirectAfterCredentials(context, c, context.nextPath(state.next) ?? landingPath(user))
}

/** After a recovery code, also how many are left. */
function flashAfter(user: User, { unusedCodes }: CorrectFactor) {
  const flash = welcomeBack(user)
  if (unusedCodes === undefined) return flash
  return { ...flash, message: `${flash.message} ${codesLeftText(unusedCodes)}` }
}

/** The user is signed in already: if the browser cannot be trusted, the next sign-in has a second step. */
async function trustBrowser(
  context: SecondStepContext,
  c: RequestContext,
  { user, pending }: OpenStep,
): Promise<void> {
  if (!pending.methods.some(({ method }) => method === 'pwd')) return
  const request = { user, tokens: readTrustCookie(c), client: c.var.exchange.client }
  try {
    const tokens = await context.signIn.trustedBrowsers.trust(request)
    if (tokens === null) return
    setTrustCookie(c, tokens)
    logSecurityEvent(context, c, { event: 'browser-trusted', userId: user.id })
  } catch (error) {
    const { requestId } = c.var
    context.log.warn({ requestId, error }, 'browser not trusted')
  }
}
