import type { Flash } from 'coatcheck/http'
import type { Hono } from 'hono'
import type { z } from 'zod'
import type { Identities } from '../../../application/identities/identities.ts'
import type { SignIn } from '../../../application/sign-in/sign-in.ts'
import type { Frame } from '../components/frame.ts'
import { isDraftPath } from '../forms/drafts.ts'
import {
  addFormPage,
  type FormContext,
  type FormState,
  type RejectedForm,
  rejectForNow,
} from '../forms/form-page.ts'
import { defineForm, formText, optionalFormText } from '../forms/forms.ts'
import { passkeyFields, passkeyResponseIn } from '../forms/passkey-fields.ts'
import type { AppEnv, GuardedRoutes, RequestContext } from '../http-context.ts'
import { sessionEndedFlash, visitorGuards } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { frameOf } from '../responses/page.ts'
import {
  type RedirectContext,
  redirectWithFlash,
  signedOutMessage,
} from '../responses/redirects.ts'
import { type BeginSignInContext, beginSignIn } from './begin-sign-in.ts'
import { readDeviceCookie } from './device-cookie.ts'
import {
  offerPasskeySignIn,
  type PasskeySignInContext,
  signInWithPasskey,
  suspendedAccount,
} from './passkey-sign-in.ts'
import { SignInPage } from './sign-in-pages.tsx'

export interface SignInContext extends FormContext, PasskeySignInContext {
  readonly signIn: BeginSignInContext['signIn'] & Pick<SignIn, 'authenticate'>
  readonly identities: BeginSignInContext['identities'] &
    Pick<Identities, 'listProviders' | 'findLogoutProvider'>
}

const signInForm = defineForm({
  email: formText,
  password: formText,
  remember_me: optionalFormText,
  next: optionalFormText,
  ...passkeyFields,
})

type SignInInput = z.output<typeof signInForm.schema>

export function addSignInRoutes(app: Hono<AppEnv>, context: SignInContext): void {
  const { csrfGuard, requireSession } = context.sessions
  const guards = visitorGuards(context)
  const routes: GuardedRoutes<RequestContext> = {
    get: (path, handler) => void app.get(path, ...guards, (c) => handler(c)),
    post: (path, handler) => void app.post(path, csrfGuard, (c) => handler(c)),
  }
  addFormPage(routes, context, {
    path: '/login',
    form: signInForm,
    initialValues: (c) => ({ next: c.req.query('next') }),
    render: (c, state) => renderSignIn(context, c, state),
    submit: (c, input) => signIn(context, c, input),
  })
  app.post('/logout', requireSession, csrfGuard, (c) => signOut(context, c))
}

async function renderSignIn(
  context: SignInContext,
  c: RequestContext,
  { values, ...state }: FormState<SignInInput>,
) {
  const frame = await frameOf(context, c, { hasForm: true })
  const next = context.nextPath(values.next)
  const explained = state.problem === null ? explainSignIn(c, frame, next) : { frame, reason: null }
  const remember = values.remember_me === 'on'
  const passkeyOffer = await offerPasskeySignIn(context, c)
  const isPending = (await c.var.exchange.pendingSignIn()).status === 'pending'
  const providers = context.identities.listProviders()
  const props = { email: values.email, next, remember, passkeyOffer, isPending, providers }
  return <SignInPage {...explained} {...props} {...state} />
}

/** Why the user has to sign in again, and the frame without the flash that says it. */
function explainSignIn(c: RequestContext, frame: Frame, next: string | null) {
  const [flashes, endReason] = splitEndReason(frame.flashes)
  const expiredReason = c.req.query('error') === 'session_expired' ? signedOutMessage : null
  const draftReason = isDraftPath(next) ? signedOutMessage : null
  const reason = endReason?.message ?? expiredReason ?? draftReason
  return {
    frame: { ...frame, flashes },
    reason: reason === null ? null : `${reason} Please sign in again.`,
  }
}

/** Separates the reason why a session ended from the other flashes. The form shows it. */
function splitEndReason(flashes: readonly Flash[]): readonly [readonly Flash[], Flash | undefined] {
  return [
    flashes.filter((flash) => flash.kind !== sessionEndedFlash),
    flashes.find((flash) => flash.kind === sessionEndedFlash),
  ]
}

async function signIn(
  context: SignInContext,
  c: RequestContext,
  input: SignInInput,
): Promise<Response | RejectedForm> {
  const next = context.nextPath(input.next)
  const remember = input.remember_me === 'on'
  const presented = passkeyResponseIn(input)
  if (presented !== null) return signInWithPasskey(context, c, { ...presented, remember, next })
  const result = await context.signIn.authenticate({
    email: input.email,
    password: input.password,
    ipAddress: c.var.exchange.client.ipAddress,
    devices: readDeviceCookie(c),
  })
  if (result.status !== 'authenticated') {
    const userId = 'userId' in result ? result.userId : null
    logSecurityEvent(context, c, { event: 'sign-in-failed', reason: result.status, userId })
    if (result.status === 'suspended') return suspendedAccount
    return result.status === 'wrong' ? wrongCredentials : rejectForNow(result)
  }
  const response = await beginSignIn(context, c, { ...result, methods: ['pwd'], remember, next })
  if (response !== null) return response
  // Without `userId`: the library has reported the event for the user.
  logSecurityEvent(context, c, { event: 'sign-in-failed', reason: 'wrong', userId: null })
  return wrongCredentials
}

/** The same message for an unknown email, a wrong password and a refused session. */
const wrongCredentials: RejectedForm = {
  status: 'rejected',
  httpStatus: 401,
  problem: 'Wrong email or password.',
}

/** The visitor may still be signed in at the provider with which the session started: the next page offers to end that too. */
async function signOut(context: SignOutContext, c: RequestContext): Promise<Response> {
  const provider = await context.identities.findLogoutProvider(c.var.session?.id ?? '')
  await c.var.exchange.signOut()
  const to = provider === null ? '/' : `/logout/${provider.id}`
  return redirectWithFlash(context, c, { message: signedOutMessage, to })
}

interface SignOutContext extends RedirectContext {
  readonly identities: Pick<Identities, 'findLogoutProvider'>
}
