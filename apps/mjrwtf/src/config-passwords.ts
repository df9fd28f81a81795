import { isLoopback, wholeNumber } from './config-values.ts'
import type { Variables } from './config-variables.ts'

export interface PasswordConfig {
  /** In code points, 8 to 64. */
  readonly passwordMinLength: number
  /** Address of a range service, with a slash at its end, or `off`: nothing outside is asked. */
  readonly breachedPasswords: string
}

/** Reads what is said about passwords. */
export function readPasswords(variables: Variables): PasswordConfig {
  return {
    passwordMinLength: variables.read('PASSWORD_MIN_LENGTH', {
      parse: wholeNumber(8, 64),
      accepted: 'a number from 8 to 64',
      fallback: 15,
    }),
    breachedPasswords: variables.read('BREACHED_PASSWORDS', {
      parse: rangeService,
      accepted:
        'off, or the https address of a range service such as https://api.pwnedpasswords.com/range/ (http only on localhost), ' +
        'without a name, a password, a query or a fragment',
      fallback: 'off',
      mask: withoutCredentials,
    }),
  }
}

function rangeService(text: string): string | null {
  if (text.toLowerCase() === 'off') return 'off'
  if (!URL.canParse(text)) return null
  const { protocol, hostname, origin, pathname, href } = new URL(text)
  // Nothing but a place: credentials, a query or a fragment would make it longer.
  if (href !== `${origin}${pathname}`) return null
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(hostname))) return null
  return href.endsWith('/') ? href : `${href}/`
}

function withoutCredentials(text: string): string {
  return text.replace(/[^/]*@/g, '***@')
}
