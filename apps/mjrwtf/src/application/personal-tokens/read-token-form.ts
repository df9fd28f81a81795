import { maxNetworks, parseNetwork } from '../../domain/ip-network.ts'
import { maxTokenLifetime } from '../../domain/personal-token.ts'
import type { FieldError, Invalid } from '../../domain/results.ts'
import { isScope, type Scope } from '../../domain/scope.ts'
import { parseFactorName } from '../../domain/second-factor.ts'
import { day, type Instant, parseInstant } from '../../domain/time.ts'
import type { User } from '../../domain/user.ts'

/** Days that the form offers. The last choice is a date. */
export const tokenLifetimes = [7, 30, 90, 365] as const
export const defaultTokenLifetime = 90

/** A new token as entered. */
export interface TokenInput {
  readonly name: string
  readonly scopes: readonly string[]
  /** CIDR ranges and IP addresses, separated by spaces, commas or lines. */
  readonly networks: string
  /** A number of days, or `date` for `expiresOn`. */
  readonly lifetime: string
  /** `YYYY-MM-DD`: the token is valid until the end of that day in UTC. */
  readonly expiresOn: string
}

export type TokenField = 'name' | 'scopes' | 'networks' | 'lifetime' | 'expiresOn'

export interface TokenChoices {
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly networks: readonly string[]
  readonly expiresAt: Instant
}

type Read<Value> = { readonly value: Value } | { readonly error: FieldError<TokenField> }

/** The choices of the form, or every invalid field. */
export function readTokenInput(
  input: TokenInput,
  user: Pick<User, 'isOperator'>,
  now: Instant,
): { readonly status: 'valid'; readonly choices: TokenChoices } | Invalid<TokenField> {
  const name = readName(input)
  const scopes = readScopes(input, user)
  const networks = readNetworks(input)
  const expiresAt = readExpiry(input, now)
  if ('value' in name && 'value' in scopes && 'value' in networks && 'value' in expiresAt) {
    const choices = {
      ...{ name: name.value, scopes: scopes.value },
      ...{ networks: networks.value, expiresAt: expiresAt.value },
    }
    return { status: 'valid', choices }
  }
  const fields = [name, scopes, networks, expiresAt].flatMap((read) =>
    'error' in read ? [read.error] : [],
  )
  return { status: 'invalid', fields }
}

function invalid(field: TokenField, message: string): { readonly error: FieldError<TokenField> } {
  return { error: { field, message } }
}

function readName({ name }: TokenInput): Read<string> {
  const value = parseFactorName(name)
  return value === null ? invalid('name', 'Enter a name of 1 to 64 characters.') : { value }
}

function readScopes({ scopes }: TokenInput, user: Pick<User, 'isOperator'>): Read<Scope[]> {
  const value = scopes.filter(isScope)
  if (value.length === 0 || value.length < scopes.length) {
    return invalid('scopes', 'Choose what the token may do.')
  }
  const isRefused = value.includes('admin') && !user.isOperator
  return isRefused ? invalid('scopes', 'Only administrators can grant this.') : { value }
}

function readNetworks({ networks }: TokenInput): Read<readonly string[]> {
  const texts = networks.split(/[\s,]+/).filter((text) => text !== '')
  if (texts.length > maxNetworks) {
    return invalid('networks', `Enter at most ${maxNetworks} networks.`)
  }
  const parsed = texts.map(parseNetwork)
  const firstInvalid = texts[parsed.indexOf(null)]
  if (firstInvalid !== undefined) {
    const shown = firstInvalid.slice(0, 60)
    return invalid('networks', `\u201c${shown}\u201d is not a network, such as 203.0.113.0/24.`)
  }
  return { value: [...new Set(parsed.filter((network) => network !== null))] }
}

function readExpiry({ lifetime, expiresOn }: TokenInput, now: Instant): Read<Instant> {
  if (lifetime === 'date') return readDate(expiresOn, now)
  const days = tokenLifetimes.find((each) => String(each) === lifetime)
  return days === undefined
    ? invalid('lifetime', 'Choose when the token expires.')
    : { value: now + days * day }
}

/** The end of that day, but not after a year from now. */
function readDate(text: string, now: Instant): Read<Instant> {
  const start = parseInstant(`${text}T00:00:00Z`)
  if (start === null) return invalid('expiresOn', 'Enter a date.')
  if (start + day <= now) return invalid('expiresOn', 'Enter a date in the future.')
  const latest = now + maxTokenLifetime
  if (start > latest) return invalid('expiresOn', 'A token is valid for at most a year.')
  return { value: Math.min(start + day, latest) }
}
