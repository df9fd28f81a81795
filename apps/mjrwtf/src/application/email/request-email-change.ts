import type { Clock } from 'coatcheck'
import { emailKey, invalidEmailMessage, parseEmail } from '../../domain/email.ts'
import { tokenLifetimes } from '../../domain/email-token.ts'
import type { Invalid, Throttled } from '../../domain/results.ts'
import type { User } from '../../domain/user.ts'
import type { EmailRequestSink } from '../ports/email.ts'
import type { EmailChangeRepository } from '../ports/email-change-repository.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { Limits } from '../shared/rate-limits.ts'

export interface EmailChangeRequest {
  readonly user: User
  readonly email: string
  readonly ipAddress: string | null
}

export type RequestEmailChangeResult =
  /** Waits for the link in the letter to the new address, if that address is free. */
  { readonly status: 'requested'; readonly newEmail: string } | Invalid<'email'> | Throttled

/**
 * Asks for another address. It is the account's only once the link mailed there was used (checklist CS-AU-4); a change
 * asked for before is dropped. Does not tell whether somebody has the address: that is found out behind the request.
 */
export type RequestEmailChange = (request: EmailChangeRequest) => Promise<RequestEmailChangeResult>

export interface RequestEmailChangePorts {
  readonly emailChanges: EmailChangeRepository
  readonly limits: Pick<Limits, 'requestedEmail'>
  readonly requestEmail: EmailRequestSink
  readonly secrets: Secrets
  readonly clock: Clock
}

export function createRequestEmailChange(ports: RequestEmailChangePorts): RequestEmailChange {
  const { emailChanges, limits, requestEmail, secrets, clock } = ports

  /** Keeps the change as it waits, and answers the tokens of its links. */
  async function storeChange(user: User, newEmail: string) {
    const [confirmToken, cancelToken] = [secrets.code(), secrets.code()]
    const hashes = {
      confirmHash: secrets.hash(confirmToken),
      cancelHash: secrets.hash(cancelToken),
    }
    const createdAt = clock.now()
    const expiresAt = createdAt + tokenLifetimes['change-email']
    await emailChanges.requestChange({ userId: user.id, newEmail, ...hashes, createdAt, expiresAt })
    return { confirmToken, cancelToken, expiresAt }
  }

  return async function requestEmailChange({ user, email, ipAddress }) {
    const newEmail = parseEmail(email)
    if (newEmail === null) return invalid(invalidEmailMessage)
    const isSame = emailKey(newEmail) === emailKey(user.email)
    if (isSame) return invalid('This is already your email.')
    for (const to of [user.email, newEmail]) {
      const throttled = await limits.requestedEmail({ to, ipAddress })
      if (throttled !== null) return throttled
    }

    const tokens = await storeChange(user, newEmail)
    requestEmail({ kind: 'change-email', email: user.email, newEmail, ...tokens })
    return { status: 'requested', newEmail }
  }
}

function invalid(message: string): Invalid<'email'> {
  return { status: 'invalid', fields: [{ field: 'email', message }] }
}
