import type { Invalid } from '../../domain/results.ts'
import {
  invalidFactorName,
  parseFactorName,
  type SecondFactor,
  type SecondFactorReference,
} from '../../domain/second-factor.ts'
import { mustHaveSecondFactor, type SecondFactorPolicy } from '../../domain/second-factor-policy.ts'
import type { User } from '../../domain/user.ts'
import type { FactorRepository, UserFactors } from '../ports/factor-repository.ts'
import { configuredIssuers, type SignInProviders } from '../ports/providers.ts'
import type { FactorChange, ReportFactorChange } from './factor-changes.ts'

/** A request of a user to change one of their factors. */
export interface ChangeFactorRequest
  extends Pick<FactorChange, 'sessionId' | 'ipAddress' | 'userAgent'> {
  readonly user: User
  readonly factor: SecondFactorReference
}

export type RemoveFactorResult = Awaited<ReturnType<FactorRepository['remove']>>

export type RenameFactorResult =
  /** `missing`: the user has no such factor. */
  { readonly status: 'renamed' | 'missing' } | Invalid<'name'>

/** Operations that are the same for every kind of second factor. They reject with `RepositoryError`. */
export interface ManageFactors {
  readonly list: (user: Pick<User, 'id'>) => Promise<UserFactors>
  /** Whether the user must have a second factor by the policy of the site. */
  readonly isRequired: (user: Pick<User, 'isOperator'>) => boolean
  /** Removes a factor and reports it. Where one is required, the last one remains: `last-factor`. */
  readonly remove: (request: ChangeFactorRequest) => Promise<RemoveFactorResult>
  /** Renames a factor and reports it. `name`: as entered. */
  readonly rename: (
    request: ChangeFactorRequest & { readonly name: string },
  ) => Promise<RenameFactorResult>
}

export interface ManageFactorsDependencies {
  readonly factors: FactorRepository
  readonly reportFactorChange: ReportFactorChange
  readonly secondFactorPolicy: SecondFactorPolicy
  readonly providers: Pick<SignInProviders, 'list'>
}

export function createManageFactors(dependencies: ManageFactorsDependencies): ManageFactors {
  const { factors, reportFactorChange, secondFactorPolicy, providers } = dependencies
  const isRequired = (user: Pick<User, 'isOperator'>) =>
    mustHaveSecondFactor(secondFactorPolicy, user)

  /** The name is for the email, which names what was removed. */
  async function nameOf({
    user,
    factor,
  }: ChangeFactorRequest): Promise<SecondFactor['name'] | null> {
    const { factors: existing } = await factors.list(user.id)
    const isSame = ({ kind, id }: SecondFactor) => kind === factor.kind && id === factor.id
    return existing.find(isSame)?.name ?? null
  }

  return {
    list: ({ id }) => factors.list(id),
    isRequired,
    async remove(request) {
      const { user, factor, ...client } = request
      const name = await nameOf(request)
      const conditions = {
        mustKeepOne: isRequired(user),
        issuers: configuredIssuers(providers),
      }
      const result = await factors.remove(user.id, factor, conditions)
      const { kind } = factor
      if (result === 'removed') {
        await reportFactorChange({ user, event: 'second-factor-removed', kind, name, ...client })
      }
      return result
    },
    async rename({ user, factor, name: text, ...client }) {
      const name = parseFactorName(text)
      if (name === null) return invalidFactorName
      if (!(await factors.rename(user.id, factor, name))) return { status: 'missing' }
      const { kind } = factor
      await reportFactorChange({ user, event: 'second-factor-renamed', kind, name, ...client })
      return { status: 'renamed' }
    },
  }
}
