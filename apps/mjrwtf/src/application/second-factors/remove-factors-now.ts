import type { User } from '../../domain/user.ts'
import type { FactorRemovalRepository } from '../ports/factor-removal-repository.ts'
import type { FactorRepository } from '../ports/factor-repository.ts'
import type { UserRepository } from '../ports/user-repository.ts'
import type { ReportFactorChange } from './factor-changes.ts'

export type RemoveFactorsNowResult =
  /** `count`: how many factors there were. With 0, nothing is reported. */
  | { readonly status: 'removed'; readonly user: User; readonly count: number }
  | { readonly status: 'not-found' }

/**
 * Removes all second factors and recovery codes of the account with that email, without a delay and without asking the
 * user, who is notified. For the command of the operator only: it needs access to the database, which could be edited
 * as well. Also ends a pending removal, so that it cannot remove what the user adds next.
 */
export type RemoveFactorsNow = (email: string) => Promise<RemoveFactorsNowResult>

export interface RemoveFactorsNowDependencies {
  readonly users: Pick<UserRepository, 'findByEmail'>
  readonly factors: Pick<FactorRepository, 'removeAll'>
  readonly factorRemovals: Pick<FactorRemovalRepository, 'cancel'>
  readonly reportFactorChange: ReportFactorChange
}

export function createRemoveFactorsNow(
  dependencies: RemoveFactorsNowDependencies,
): RemoveFactorsNow {
  const { users, factors, factorRemovals, reportFactorChange } = dependencies
  return async function removeFactorsNow(email) {
    const found = await users.findByEmail(email)
    if (found === null) return { status: 'not-found' }
    const { user } = found
    await factorRemovals.cancel({ userId: user.id })
    const count = await factors.removeAll(user.id)
    if (count > 0) {
      const noClient = { sessionId: null, ipAddress: null, userAgent: null }
      const change = { kind: null, name: null, ...noClient }
      await reportFactorChange({ user, event: 'second-factors-removed', ...change })
    }
    return { status: 'removed', user, count }
  }
}
