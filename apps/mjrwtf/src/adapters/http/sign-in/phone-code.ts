import type { PhoneFeature } from '../../../application/phone/phone.ts'
import type { SentCode } from '../../../application/phone/sms-codes.ts'
import type { User } from '../../../domain/user.ts'
import { retryText } from '../components/texts.ts'
import type { RequestContext } from '../http-context.ts'
import type { FactorStep } from './check-factor.ts'

export interface PhoneCodeContext {
  readonly phone: Pick<PhoneFeature, 'sendCode' | 'findSentCode'>
}

/** The code that was sent to the phone of the user for this step, or `null`. */
export function findSentCode(
  { phone }: PhoneCodeContext,
  user: User,
  step: FactorStep,
): Promise<SentCode | null> {
  return phone.findSentCode({ user, ...phoneStep(step) })
}

/** Sends a code. The flash of the next page says whether it was sent. */
export async function sendPhoneCode(
  { phone }: PhoneCodeContext,
  c: RequestContext,
  { user, step }: { readonly user: User; readonly step: FactorStep },
): Promise<void> {
  const { exchange } = c.var
  const { ipAddress } = exchange.client
  const result = await phone.sendCode({ user, ipAddress, ...phoneStep(step) })
  if (result.status === 'sent') {
    const message = `We sent a code to ${result.code.name}.`
    return exchange.flash({ kind: 'success', message })
  }
  const message =
    result.status === 'throttled'
      ? `We cannot send another code yet. ${retryText(result.retryAfterSeconds)}`
      : 'We could not send a code. Try again, or use another way.'
  return exchange.flash({ kind: 'error', message })
}

function phoneStep(step: FactorStep) {
  return 'pendingSignInId' in step
    ? ({ purpose: 'sign-in', boundTo: step.pendingSignInId } as const)
    : ({ purpose: 'step-up', boundTo: step.sessionId } as const)
}
