import { emailKey, parseEmail } from '../domain/email.ts'
import { tokenLifetimes } from '../domain/mailed-token.ts'
import type { Invalid, Throttled } from '../domain/refusals.ts'
import type { User } from '../domain/user.ts'
import type { Limits } from './limits.ts'
import type { AddressRepository } from './ports/address-repository.ts'
import type { Clock } from './ports/clock.ts'
import type { LetterRequestSink } from './ports/letter-requests.ts'
import type { Secrets } from './ports/secrets.ts'

export interface AddressChangeRequest {
  readonly user: User
  readonly email: string
  readonly ipAddress: string | null
}

export type AskAddressChangeResult =
  /** Waits for the link in the letter to the new address, if that address is free. */
  { readonly status: 'asked'; readonly newEmail: string } | Invalid<'email'> | Throttled

/**
 * Asks for another address. It is the account's only once the link mailed there was used (checklist CS-AU-4); a change
 * asked for before is dropped. Does not tell whether somebody has the address: that is found out behind the request.
 */
export type AskAddressChange = (request: AddressChangeRequest) => Promise<AskAddressChangeResult>

export interface AskAddressChangePorts {
  readonly addresses: AddressRepository
  readonly limits: Pick<Limits, 'mail'>
  readonly requestLetter: LetterRequestSink
  readonly secrets: Secrets
  readonly clock: Clock
}

export function createAskAddressChange(ports: AskAddressChangePorts): AskAddressChange {
  const { addresses, limits, requestLetter, secrets, clock } = ports

  /** Keeps the change as it waits, and answers the tokens of its links. */
  async function keep(user: User, newEmail: string) {
    const [confirmToken, cancelToken] = [secrets.code(), secrets.code()]
    const hashes = {
      confirmHash: secrets.hash(confirmToken),
      cancelHash: secrets.hash(cancelToken),
    }
    const createdAt = clock.now()
    const expiresAt = createdAt + tokenLifetimes['change-address']
    await addresses.askChange({ userId: user.id, newEmail, ...hashes, createdAt, expiresAt })
    return { confirmToken, cancelToken, expiresAt }
  }

  return async function askAddressChange({ user, email, ipAddress }) {
    const newEmail = parseEmail(email)
    if (newEmail === null) return invalid('Enter an email address.')
    const isSame = emailKey(newEmail) === emailKey(user.email)
    if (isSame) return invalid('This is the address of your account already.')
    for (const to of [user.email, newEmail]) {
      const throttled = await limits.mail({ to, ipAddress })
      if (throttled !== null) return throttled
    }

    const tokens = await keep(user, newEmail)
    requestLetter({ kind: 'change-address', email: user.email, newEmail, ...tokens })
    return { status: 'asked', newEmail }
  }
}

function invalid(message: string): Invalid<'email'> {
  return { status: 'invalid', fields: [{ field: 'email', message }] }
}
