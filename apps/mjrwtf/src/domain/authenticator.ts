import type { SecondFactor } from './second-factor.ts'
import { type Milliseconds, minute, second } from './time.ts'
import { totp } from './totp.ts'

/** Per user. */
export const maxAuthenticators = 10

/** How long a key that is shown waits for its first code. As long as a recent authentication. */
export const enrollmentLifetime: Milliseconds = 15 * minute

/** An authenticator app as its user sees it. */
export interface Authenticator extends SecondFactor {
  readonly kind: 'authenticator'
  /** False if the secret key that encrypted its key is missing. It then accepts no code. */
  readonly isUsable: boolean
}

/** A name that differs from those of the user's other authenticators. */
export function defaultAuthenticatorName(names: readonly string[]): string {
  const name = 'Authenticator app'
  const isTaken = (text: string) => names.includes(text)
  if (!isTaken(name)) return name
  let number = 2
  while (isTaken(`${name} ${number}`)) number += 1
  return `${name} ${number}`
}

const base32Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** RFC 4648 section 6, without padding, as authenticator apps expect it. */
export function encodeBase32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const groups = bits.match(/.{1,5}/g) ?? []
  return groups.map((group) => base32Alphabet[Number.parseInt(group.padEnd(5, '0'), 2)]).join('')
}

export interface AuthenticatorUri {
  readonly key: Uint8Array
  /** Name of the site. Without a colon, which separates it from the account in the label. */
  readonly issuer: string
  /** Email of the user. */
  readonly account: string
}

/** The content of the QR code: the `otpauth` URI of the key. Contains the key, so it is as secret as the key. */
export function authenticatorUri({ key, issuer, account }: AuthenticatorUri): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`
  // Not URLSearchParams, which encodes a space as a plus that apps show.
  const parameters = [
    ['secret', encodeBase32(key)],
    ['issuer', encodeURIComponent(issuer)],
    ['algorithm', totp.algorithm],
    ['digits', totp.digits],
    ['period', totp.period / second],
  ]
  return `otpauth://totp/${label}?${parameters.map((pair) => pair.join('=')).join('&')}`
}
