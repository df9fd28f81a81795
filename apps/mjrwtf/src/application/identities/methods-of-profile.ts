import { type AuthenticationMethod, assuranceLevelOf, type UsedMethod } from 'coatcheck'
import { unknownAuthentication } from '../../domain/identity.ts'
import type { Instant } from '../../domain/time.ts'
import type { ProviderProfile, SignInProvider } from '../ports/providers.ts'

/**
 * The methods of a session that starts with a profile: `fed`, at the time at which the visitor authenticated at the
 * provider. If it does not say, that may have been at any time, so that it never counts as recent. Also `mfa` if the operator trusts the provider for that, and its `amr` names two
 * factors. Single methods of its `amr` do not count: `fed` stands for them, and counting them again would make two
 * factors of one.
 */
export function methodsOfProfile(
  { authenticatedAt, amr }: Pick<ProviderProfile, 'authenticatedAt' | 'amr'>,
  { trustsMfa }: Pick<SignInProvider, 'trustsMfa'>,
  now: Instant,
): readonly UsedMethod[] {
  const at = Math.min(authenticatedAt ?? unknownAuthentication, now)
  const names: readonly AuthenticationMethod[] =
    trustsMfa && isTwoFactor(amr) ? ['fed', 'mfa'] : ['fed']
  return names.map((method) => ({ method, at }))
}

/** The values of `amr` that are factors (RFC 8176), and those of which two are needed. */
const factors = [
  ...(['pwd', 'otp', 'sms', 'tel', 'hwk', 'swk', 'pop', 'sc'] as const),
  ...(['pin', 'fpt', 'face', 'iris', 'retina', 'vbm', 'mfa'] as const),
] as const satisfies readonly AuthenticationMethod[]

function isTwoFactor(amr: readonly string[]): boolean {
  const named = factors.filter((method) => amr.includes(method))
  return assuranceLevelOf(named.map((method) => ({ method, at: 0 }))) >= 2
}
