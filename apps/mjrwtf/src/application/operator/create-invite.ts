import type { Clock } from 'coatcheck'
import type { Throttled } from '../../domain/results.ts'
import { day, type Instant } from '../../domain/time.ts'
import type { User } from '../../domain/user.ts'
import type { SignUpMode } from '../accounts/sign-up.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { InviteRepository } from '../ports/user-repository.ts'
import type { Limits } from '../shared/rate-limits.ts'

export type CreateInviteResult =
  /** The code is secret and kept nowhere: show it now. */
  | { readonly status: 'created'; readonly code: string; readonly expiresAt: Instant }
  /** Only the operator invites, and only with `SIGNUP=invite`. */
  | { readonly status: 'not-allowed' }
  | Throttled

/** Makes a code with which one account can be made within 7 days. */
export type CreateInvite = (operator: User) => Promise<CreateInviteResult>

export interface CreateInvitePorts {
  readonly invites: Pick<InviteRepository, 'add'>
  readonly limits: Pick<Limits, 'invite'>
  readonly secrets: Secrets
  readonly clock: Clock
  readonly signUpMode: SignUpMode
}

export function createCreateInvite(ports: CreateInvitePorts): CreateInvite {
  const { invites, limits, secrets, clock, signUpMode } = ports
  return async function createInvite(operator) {
    if (!operator.isOperator || signUpMode !== 'invite') return { status: 'not-allowed' }
    const throttled = await limits.invite(operator.id)
    if (throttled !== null) return throttled
    const code = secrets.code()
    const createdAt = clock.now()
    const expiresAt = createdAt + 7 * day
    await invites.add({
      id: secrets.id(),
      hash: secrets.hash(code),
      createdBy: operator.id,
      createdAt,
      expiresAt,
    })
    return { status: 'created', code, expiresAt }
  }
}
