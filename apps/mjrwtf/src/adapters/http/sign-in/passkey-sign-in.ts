import type { AssertionCheck } from '../../../application/passkeys/check-assertion.ts'
import type { Passkeys } from '../../../application/passkeys/passkeys.ts'
import type { Throttled } from '../../../domain/results.ts'
import { type RejectedForm, rejectForNow } from '../forms/form-page.ts'
import {
  bindNewChallenge,
  bindPresentedChallenge,
  type ChallengeSubject,
} from '../forms/passkey-fields.ts'
import type { RequestContext } from '../http-context.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { type RedirectContext, redirectAfterCredentials } from '../responses/redirects.ts'
import { type EstablishSessionContext, establishSession } from './establish-session.ts'

export interface PasskeySignInContext extends EstablishSessionContext, RedirectContext {
  readonly passkeys: Pick<Passkeys, 'offerAssertion' | 'authenticate'>
}

export interface PasskeySignIn {
  readonly response: string
  readonly challengeToken: string
  readonly remember: boolean
  /** Path of the page to open after signing in. */
  readonly next: string
}

/** No user: the passkey says whose it is. */
const subject: ChallengeSubject = { purpose: 'sign-in', contextId: null, userId: null }

/** What the sign-in page needs to offer passkeys. Writes nothing: anyone can open the page. */
export function offerPasskeySignIn(context: PasskeySignInContext, c: RequestContext) {
  return context.passkeys.offerAssertion(bindNewChallenge(c, subject))
}

/** Signs in with a passkey, without an email or password. */
export async function signInWithPasskey(
  context: PasskeySignInContext,
  c: RequestContext,
  { response, challengeToken, remember, next }: PasskeySignIn,
): Promise<Response | RejectedForm> {
  const binding = bindPresentedChallenge(c, subject)
  const assertion = { response, challengeToken, binding, ...c.var.exchange.client }
  const result = await context.passkeys.authenticate({ ...assertion, sessionId: null })
  if (result.status !== 'correct') return reject(context, c, result)
  const { user, methods, credentialsCheckedAt } = result
  // One factor. Signing in with it needs a second step.
  if (!methods.includes('mfa')) return wrongPasskey
  const outcome = await establishSession(context, c, {
    user,
    remember,
    credentialsCheckedAt,
    flash: { kind: 'success', message: `Welcome back, ${user.email}.`.slice(0, 500) },
  })
  if (outcome.status === 'refused') {
    logSecurityEvent(context, c, { event: 'sign-in-failed', reason: 'wrong', userId: null })
    return wrongPasskey
  }
  return redirectAfterCredentials(context, c, next)
}

type Failure = Exclude<AssertionCheck | Throttled, { readonly status: 'correct' }>

function reject(context: PasskeySignInContext, c: RequestContext, failure: Failure): RejectedForm {
  const userId = failure.status === 'wrong' ? failure.userId : null
  logSecurityEvent(context, c, { event: 'sign-in-failed', reason: failure.status, userId })
  if (failure.status === 'throttled') return rejectForNow(failure)
  return failure.status === 'expired' ? expiredPage : wrongPasskey
}

/** The same message for an unknown and a suspended passkey, a failed check and a refused session. */
const wrongPasskey: RejectedForm = {
  status: 'rejected',
  httpStatus: 401,
  problem: 'This passkey was not accepted. Sign in another way.',
}

const expiredPage: RejectedForm = {
  status: 'rejected',
  httpStatus: 400,
  problem: 'This page was open for too long. Try again.',
}
