import type {
  CheckCodeRequest,
  FactorCheck,
} from '../../../application/second-factors/check-factor.ts'
import type { SignIn } from '../../../application/sign-in/sign-in.ts'
import type { Busy, Throttled } from '../../../domain/results.ts'
import type { User } from '../../../domain/user.ts'
import type { RequestContext } from '../http-context.ts'
import type { SecurityEventContext } from '../reporting/log-security-event.ts'
import { readDeviceCookie } from './device-cookie.ts'

export interface CheckFactorContext extends SecurityEventContext {
  readonly signIn: Pick<SignIn, 'checkSecondFactor' | 'codeChecks' | 'reauthenticate'>
}

/** Fields of a form with a second factor. */
export interface FactorInput {
  readonly method: string
  readonly code: string
  readonly password: string
}

/** A second factor that a user has sent. */
export interface SentFactor {
  readonly user: User
  /** The pending sign-in that it completes, or the session that steps up. */
  readonly step: Pick<CheckCodeRequest, 'sessionId' | 'pendingSignInId'>
  readonly input: FactorInput
}

export type SentFactorCheck = FactorCheck | Throttled | Busy

/** Checks the factor of the method that the form names. An unknown method is wrong, and counts as one. */
export async function checkFactor(
  context: CheckFactorContext,
  c: RequestContext,
  factor: SentFactor,
): Promise<SentFactorCheck> {
  const { user, input } = factor
  if (input.method === 'password') return checkPassword(context, c, factor)
  const devices = readDeviceCookie(c)
  const check = () => checkCode(context, c, factor)
  return context.signIn.checkSecondFactor({ user, devices, check })
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

function isCodeMethod(method: string): method is keyof CheckFactorContext['signIn']['codeChecks'] {
  return method === 'authenticator' || method === 'phone' || method === 'recovery-code'
}

/** The password has counters of its own, which it shares with sign-in. */
async function checkPassword(
  { signIn }: CheckFactorContext,
  c: RequestContext,
  { user, input: { password } }: SentFactor,
): Promise<SentFactorCheck> {
  const { ipAddress } = c.var.exchange.client
  const attempt = { user, password, ipAddress, devices: readDeviceCookie(c) }
  const result = await signIn.reauthenticate(attempt)
  if (result.status === 'authenticated') return { status: 'correct', methods: ['pwd'] }
  return result.status === 'wrong' ? { status: 'wrong' } : result
}
