import type { Throttled } from '../domain/refusals.ts'
import type { User } from '../domain/user.ts'
import type { FindAddressStanding } from './find-address-standing.ts'
import type { Limits } from './limits.ts'
import type { LetterAsker, LetterRequestSink } from './ports/letter-requests.ts'

export type RequestVerificationResult =
  | { readonly status: 'asked' }
  | { readonly status: 'verified-already' }
  | Throttled

/** Has another letter written with which somebody shows that the address of their account is theirs. */
export type RequestVerification = (
  user: User,
  from: LetterAsker,
) => Promise<RequestVerificationResult>

export interface RequestVerificationPorts {
  readonly findAddressStanding: FindAddressStanding
  readonly limits: Pick<Limits, 'mail'>
  readonly requestLetter: LetterRequestSink
}

export function createRequestVerification(ports: RequestVerificationPorts): RequestVerification {
  const { findAddressStanding, limits, requestLetter } = ports
  return async function requestVerification({ id, email }, from) {
    const { verifiedAt } = await findAddressStanding(id)
    if (verifiedAt !== null) return { status: 'verified-already' }
    const throttled = await limits.mail({ to: email, ipAddress: from.ipAddress })
    if (throttled !== null) return throttled
    requestLetter({ kind: 'verify-address', email, from })
    return { status: 'asked' }
  }
}
