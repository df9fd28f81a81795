import { isLoopbackHost } from '../domain/ip-address.ts'
import type { SecondFactorPolicy } from '../domain/second-factor-policy.ts'
import { integer, listOf, secretKey } from './values.ts'
import type { Variables } from './variables.ts'

export interface PasswordConfig {
  /** In code points, 8 to 64. */
  readonly passwordMinLength: number
  /** URL of a range service, with a trailing slash, or `off`: no breach check. */
  readonly breachedPasswords: string
  /** Newest first; older ones still verify. */
  readonly passwordPeppers: readonly string[]
}

export interface PasswordRules {
  /** None of them may be a pepper: they have another purpose. */
  readonly secretKeys: readonly string[]
  readonly requireSecondFactor: SecondFactorPolicy
}

/**
 * Reads the password variables. Where everyone has a second factor, 8 characters suffice (NIST SP 800-63B-4 section
 * 3.1.1.2 (1)).
 */
export function readPasswords(
  variables: Variables,
  { secretKeys, requireSecondFactor }: PasswordRules,
): PasswordConfig {
  return {
    passwordMinLength: variables.read('PASSWORD_MIN_LENGTH', {
      parse: integer(8, 64),
      expected: 'a number from 8 to 64',
      fallback: requireSecondFactor === 'everyone' ? 8 : 15,
    }),
    breachedPasswords: variables.read('BREACHED_PASSWORDS', {
      parse: rangeService,
      expected:
        'off or the https URL of a range service, such as https://api.pwnedpasswords.com/range/ (http on ' +
        'localhost only), without credentials, query or fragment',
      fallback: 'off',
      mask: withoutCredentials,
    }),
    passwordPeppers: readPeppers(variables, secretKeys),
  }
}

function readPeppers(variables: Variables, secretKeys: readonly string[]): readonly string[] {
  const expected =
    'comma-separated random strings of at least 32 bytes each, newest first, without duplicates or SECRET_KEYS'
  const peppers = variables.read<readonly string[]>('PASSWORD_PEPPERS', {
    parse: listOf(secretKey),
    expected,
    fallback: [],
    mask: 'hidden',
  })
  const hasDuplicates = new Set(peppers).size < peppers.length
  const reusesSecretKey = peppers.some((pepper) => secretKeys.includes(pepper))
  if (hasDuplicates || reusesSecretKey) variables.reject('PASSWORD_PEPPERS', expected)
  return peppers
}

function rangeService(text: string): string | null {
  if (text.toLowerCase() === 'off') return 'off'
  if (!URL.canParse(text)) return null
  const { protocol, hostname, origin, pathname, href } = new URL(text)
  // Rejects credentials, a query and a fragment.
  if (href !== `${origin}${pathname}`) return null
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopbackHost(hostname))) return null
  return href.endsWith('/') ? href : `${href}/`
}

function withoutCredentials(text: string): string {
  return text.replace(/[^/]*@/g, '***@')
}
