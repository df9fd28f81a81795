import { parseSixDigits } from '../../domain/six-digits.ts'
import type { Instant } from '../../domain/time.ts'
import { acceptedStep } from '../../domain/totp.ts'
import type { StoredAuthenticator } from '../ports/authenticator-repository.ts'
import type { CheckCode } from '../second-factors/check-factor.ts'
import type { AuthenticatorsDependencies } from './dependencies.ts'
import type { StoredKeys } from './stored-keys.ts'

/**
 * Checks a code against every authenticator of the user: one read, and one write if it is correct. The write decides, so
 * that of parallel checks of one code exactly one is correct, in all processes.
 */
export function createCheckCode(
  { authenticators, clock }: Pick<AuthenticatorsDependencies, 'authenticators' | 'clock'>,
  storedKeys: StoredKeys,
): CheckCode {
  function stepOf(authenticator: StoredAuthenticator, code: string, now: Instant) {
    const key = storedKeys.decrypt(authenticator)
    const { lastStep } = authenticator
    return key === null ? null : acceptedStep(key, { code, now, lastStep })
  }

  return async function checkCode({ user, code: text }) {
    const code = parseSixDigits(text)
    if (code === null) return { status: 'wrong' }
    const at = clock.now()
    for (const authenticator of await authenticators.list(user.id)) {
      const step = stepOf(authenticator, code, at)
      if (step === null) continue
      const { id, userId } = authenticator
      const isUsed = await authenticators.useStep({ userId, id, step, at })
      return isUsed ? { status: 'correct', methods: ['otp'] } : { status: 'wrong' }
    }
    return { status: 'wrong' }
  }
}
