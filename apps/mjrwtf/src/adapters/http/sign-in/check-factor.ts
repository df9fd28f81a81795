import type { PasskeyOffer, Passkeys } from '../../../application/passkeys/passkeys.ts'
import type { CodeMethod, FactorCheck } from '../../../application/second-factors/check-factor.ts'
import type { SignIn } from '../../../application/sign-in/sign-in.ts'
import type { Busy, Throttled } from '../../../domain/results.ts'
import type { User } from '../../../domain/user.ts'
import {
  bindNewChallenge,
  bindPresentedChallenge,
  type ChallengeSubject,
  type PasskeyInput,
  passkeyResponseIn,
  type SentPasskey,
} from '../forms/passkey-fields.ts'
import type { RequestContext } from '../http-context.ts'
import { readDeviceCookie } from './device-cookie.ts'

export interface CheckFactorContext {
  readonly signIn: Pick<SignIn, 'checkSecondFactor' | 'codeChecks' | 'reauthenticate'>
  readonly passkeys: Pick<Passkeys, 'check' | 'offerAssertion'>
}

/** Fields of a form with a second factor. */
export interface FactorInput extends PasskeyInput {
  readonly method: string
  readonly code: string
  readonly password: string
}

/** The pending sign-in that a factor completes, or the session that it steps up. */
export type FactorStep =
  | { readonly pendingSignInId: string; readonly sessionId: null }
  | { readonly sessionId: string }

/** A second factor that a user has sent. */
export interface SentFactor {
  readonly user: User
  readonly step: FactorStep
  readonly input: FactorInput
}

export type SentFactorCheck = FactorCheck | Throttled | Busy

/** Checks the passkey of the form, or else the factor of the method that it names. An unknown method is wrong. */
export async function checkFactor(
  context: CheckFactorContext,
  c: RequestContext,
  factor: SentFactor,
): Promise<SentFactorCheck> {
  const { user, input } = factor
  const sent = passkeyResponseIn(input)
  if (sent === null && input.method === 'password') return checkPassword(context, c, factor)
  const check = () =>
    sent === null ? checkCode(context, c, factor) : checkPasskey(context, c, { ...factor, sent })
  return context.signIn.checkSecondFactor({ user, devices: readDeviceCookie(c), check })
}

async function checkCode(
  { signIn: { codeChecks } }: CheckFactorContext,
  c: RequestContext,
  { user, step, input: { method, code } }: SentFactor,
): Promise<FactorCheck> {
  const check = isCodeMethod(method) ? codeChecks[method] : undefined
  if (check === undefined) return { status: 'wrong' }
  const { ipAddress, userAgent } = c.var.exchange.client
  return check({ user, code, ...step, client: { ipAddress, userAgent } })
}

function isCodeMethod(method: string): method is CodeMethod {
  return method === 'authenticator' || method === 'phone' || method === 'recovery-code'
}

async function checkPasskey(
  { passkeys }: CheckFactorContext,
  c: RequestContext,
  { user, step, sent }: SentFactor & { readonly sent: SentPasskey },
): Promise<FactorCheck> {
  const { ipAddress, userAgent } = c.var.exchange.client
  const binding = bindPresentedChallenge(c, passkeySubject(user, step))
  const { sessionId } = step
  const result = await passkeys.check({ ...sent, binding, ipAddress, userAgent, sessionId })
  if (result.status !== 'correct') return { status: 'wrong' }
  return { status: 'correct', methods: result.methods }
}

/** What the page needs to offer a passkey of the user. `null` if the user has none that is accepted. */
export function offerPasskey(
  { passkeys }: CheckFactorContext,
  c: RequestContext,
  { user, step }: Pick<SentFactor, 'user' | 'step'>,
): Promise<PasskeyOffer | null> {
  return passkeys.offerAssertion(bindNewChallenge(c, passkeySubject(user, step)))
}

function passkeySubject({ id: userId }: User, step: FactorStep): ChallengeSubject {
  return 'pendingSignInId' in step
    ? { purpose: 'second-step', contextId: step.pendingSignInId, userId }
    : { purpose: 'step-up', contextId: step.sessionId, userId }
}

/** The password has counters of its own, which it shares with the sign-in page. */
async function checkPassword(
  { signIn }: CheckFactorContext,
  c: RequestContext,
  { user, input: { password } }: SentFactor,
): Promise<SentFactorCheck> {
  const { ipAddress } = c.var.exchange.client
  const attempt = { user, password, ipAddress, devices: readDeviceCookie(c) }
  const result = await signIn.reauthenticate(attempt)
  if (result.status === 'authenticated') return { status: 'correct', methods: ['pwd'] }
  // A sign-in in progress of a suspended account has ended: no other page follows.
  const isWrong = result.status === 'wrong' || result.status === 'suspended'
  return isWrong ? { status: 'wrong' } : result
}
