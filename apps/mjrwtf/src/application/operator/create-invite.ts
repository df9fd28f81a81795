import type { Throttled } from '../../domain/results.ts'
import { day, type Instant } from '../../domain/time.ts'
import type { User } from '../../domain/user.ts'
import type { OperatorDependencies } from './dependencies.ts'

export type CreateInviteResult =
  /** The code is secret and only its hash is stored: show it now. */
  | { readonly status: 'created'; readonly code: string; readonly expiresAt: Instant }
  /** The user is not the operator, or `SIGNUP` is not `invite`. */
  | { readonly status: 'not-allowed' }
  | Throttled

/** Creates a code that permits to create one account within 7 days. */
export type CreateInvite = (operator: User) => Promise<CreateInviteResult>

type CreateInviteDependencies = Pick<
  OperatorDependencies,
  'invites' | 'limits' | 'secrets' | 'clock' | 'signUpMode'
>

export function createCreateInvite(dependencies: CreateInviteDependencies): CreateInvite {
  const { invites, limits, secrets, clock, signUpMode } = dependencies
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
