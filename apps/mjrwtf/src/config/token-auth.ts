import type { TokenAuthPhase } from '../domain/shared-token.ts'
import { type Instant, parseInstant } from '../domain/time.ts'
import { oneOf } from './values.ts'
import type { Variables } from './variables.ts'

/** How far the shared tokens are phased out. */
export interface TokenAuthConfig {
  readonly tokenAuth: TokenAuthPhase
  /** When the operator intends to disable them, at midnight UTC; `null` if not set. */
  readonly tokenAuthSunset: Instant | null
}

export function readTokenAuth(variables: Variables): TokenAuthConfig {
  const tokenAuth = variables.read<TokenAuthPhase>('TOKEN_AUTH', {
    parse: oneOf(['enabled', 'deprecated', 'disabled']),
    expected: 'enabled, deprecated or disabled',
    fallback: 'enabled',
  })
  const expected = 'a date such as 2027-06-30'
  const tokenAuthSunset = variables.read<Instant | null>('TOKEN_AUTH_SUNSET', {
    parse: (text) => parseInstant(`${text}T00:00:00Z`),
    expected,
    fallback: null,
  })
  if (variables.isSet('TOKEN_AUTH_SUNSET') && tokenAuth !== 'deprecated') {
    variables.reject('TOKEN_AUTH_SUNSET', `${expected}, with TOKEN_AUTH=deprecated`)
  }
  return { tokenAuth, tokenAuthSunset }
}
