import type { AssertionCheck } from '../../../application/passkeys/check-assertion.ts'
import type { Passkeys } from '../../../application/passkeys/passkeys.ts'
import { type RejectedForm, rejectForNow } from '../forms/form-page.ts'
import {
  bindNewChallenge,
  bindPresentedChallenge,
  type ChallengeSubject,
} from '../forms/passkey-fields.ts'
import type { RequestContext } from '../http-context.ts'
import { suspendedText } from '../middleware/suspended-text.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { type BeginSignInContext, beginSignIn } from './begin-sign-in.ts'

export interface PasskeySignInContext extends BeginSignInContext {
  readonly passkeys: Pick<Passkeys, 'offerAssertion' | 'authenticate'>
}

export interface PasskeySignIn {
  readonly response: string
  readonly challengeToken: string
  readonly remember: boolean
  /** Path of the page to open after signing in. */
  readonly next: string | null
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
  // Without user verification it is one factor, and the second step asks for the password.
  const begun = await beginSignIn(context, c, { ...result, remember, next })
  if (begun !== null) return begun
  logSecurityEvent(context, c, { event: 'sign-in-failed', reason: 'wrong', userId: null })
  return wrongPasskey
}

type Failure = Exclude<AssertionCheck, { readonly status: 'correct' }>

function reject(context: PasskeySignInContext, c: RequestContext, failure: Failure): RejectedForm {
  const userId = 'userId' in failure ? failure.userId : null
  logSecurityEvent(context, c, { event: 'sign-in-failed', reason: failure.status, userId })
  if (failure.status === 'throttled') return rejectForNow(failure)
  if (failure.status === 'suspended') return suspendedAccount
  return failure.status === 'expired' ? expiredPage : wrongPasskey
}

/** The same message for an unknown and a suspended passkey, a failed check and a refused session. */
const wrongPasskey: RejectedForm = {
  status: 'rejected',
  httpStatus: 401,
  problem: 'This passkey was not accepted. Sign in another way.',
}

/** After the right credentials of a suspended account. */
export const suspendedAccount: RejectedForm = {
  status: 'rejected',
  httpStatus: 403,
  problem: suspendedText,
}

const expiredPage: RejectedForm = {
  status: 'rejected',
  httpStatus: 400,
  problem: 'This page was open for too long. Try again.',
}
