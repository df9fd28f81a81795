import type { AuthenticationMethod, UsedMethod } from 'coatcheck'
import { isSecondFactor } from '../../../application/sign-in/second-step.ts'
import type { SignIn } from '../../../application/sign-in/sign-in.ts'
import type { Instant } from '../../../domain/time.ts'
import type { User } from '../../../domain/user.ts'
import type { RequestContext } from '../http-context.ts'
import {
  landingPath,
  type RedirectContext,
  redirectAfterCredentials,
} from '../responses/redirects.ts'
import {
  type EstablishSessionContext,
  establishSession,
  methodNames,
  type UsedIdentity,
} from './establish-session.ts'
import { formatPendingState } from './pending-state.ts'
import { readTrustCookie } from './trusted-browser-cookie.ts'

export interface BeginSignInContext extends EstablishSessionContext, RedirectContext {
  readonly signIn: EstablishSessionContext['signIn'] & Pick<SignIn, 'trustedBrowsers'>
}

/** A user whose first credentials were correct. */
export interface FirstStep {
  readonly user: User
  /** What the user has authenticated with: a password, a passkey or an external provider. */
  readonly methods: readonly (AuthenticationMethod | UsedMethod)[]
  /** The identity at an external provider. Default: none. */
  readonly identity?: UsedIdentity | null
  readonly remember: boolean
  /** Path to open after signing in, of `nextPath`. */
  readonly next: string | null
  readonly credentialsCheckedAt: Instant
}

export const secondStepPath = '/login/second-factor'

/**
 * After the first step: signs the user in, or begins the second step if the user has second factors and has sent only one
 * factor. A password skips the second step in a browser that the user trusts. `null` if the sign-in was refused, because
 * the password, the factors or the account changed meanwhile.
 */
export async function beginSignIn(
  context: BeginSignInContext,
  c: RequestContext,
  step: FirstStep,
): Promise<Response | null> {
  const { user, methods } = step
  const names = methodNames(methods)
  if (user.secondFactors === 0 || isSecondFactor(names, [])) return complete(context, c, step)
  const trust = { user, tokens: readTrustCookie(c), client: c.var.exchange.client }
  const skipsSecondStep =
    names.includes('pwd') && (await context.signIn.trustedBrowsers.isTrusted(trust))
  if (!skipsSecondStep) return beginSecondStep(context, c, step)
  // `rba` says that no second factor was sent: the session has level 1, and sensitive operations ask for one.
  return complete(context, c, { ...step, methods: [...methods, 'rba'] })
}

async function complete(
  context: BeginSignInContext,
  c: RequestContext,
  { user, methods, remember, next, credentialsCheckedAt, identity = null }: FirstStep,
): Promise<Response | null> {
  const signIn = { remember, methods, credentialsCheckedAt, flash: welcomeBack(user) }
  const outcome = await establishSession(context, c, { user, signIn, identity })
  if (outcome.status !== 'signed-in') return null
  return redirectAfterCredentials(context, c, next ?? landingPath(user))
}

async function beginSecondStep(
  context: BeginSignInContext,
  c: RequestContext,
  { user, methods, remember, next, credentialsCheckedAt, identity = null }: FirstStep,
): Promise<Response | null> {
  const { passwordVersion } = user
  const outcome = await c.var.exchange.beginSignIn({
    userId: user.id,
    methods,
    remember,
    credentialsCheckedAt,
    state: formatPendingState({ next, passwordVersion, identity }),
  })
  return outcome.status === 'pending' ? redirectAfterCredentials(context, c, secondStepPath) : null
}

/** The flash of the first page after a sign-in. */
export function welcomeBack({ email }: User) {
  return { kind: 'success', message: `Welcome back, ${email}.`.slice(0, 500) } as const
}
