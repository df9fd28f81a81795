import { maxPasskeysPerUser, type Passkey } from '../../domain/passkey.ts'
import type { User, UserId } from '../../domain/user.ts'
import { type ChallengeBinding, type Challenges, createChallenges } from './challenges.ts'
import {
  type AssertionCheck,
  type AssertionRequest,
  type CheckAssertion,
  createCheckAssertion,
} from './check-assertion.ts'
import type { PasskeyDependencies, Requester } from './dependencies.ts'
import { createRegisterPasskey, type RegisterPasskey } from './register.ts'

/** What a page needs to let the browser use or create a passkey. */
export interface PasskeyOffer {
  /** For a hidden field. */
  readonly challengeToken: string
  /** JSON for the script of the page. */
  readonly options: string
}

/** A passkey of the user, and who changes it. */
export interface PasskeyReference extends Requester {
  readonly user: User
  readonly id: string
}

/**
 * Registers, uses, lists and keeps passkeys. Every change is reported to the user. `ManageFactors` renames and removes.
 */
export interface Passkeys {
  /** Oldest first, also suspended ones. */
  list(userId: UserId): Promise<readonly Passkey[]>
  /** `null` if the user has the maximum of passkeys. */
  offerRegistration(user: User, binding: ChallengeBinding): Promise<PasskeyOffer | null>
  readonly register: RegisterPasskey
  /** `null` if the user of the binding has no passkey that is accepted. */
  offerAssertion(binding: ChallengeBinding): Promise<PasskeyOffer | null>
  /** For the second step and the step-up, which count failures themselves. */
  readonly check: CheckAssertion
  /** Signs in without a username. Failures count for the IP address, like those of passwords. */
  authenticate(request: AssertionRequest): Promise<AssertionCheck>
  /** Accepts a suspended passkey again. Returns its name, or `null` if there is no such suspended passkey. */
  keep(passkey: PasskeyReference): Promise<string | null>
}

export function createPasskeys(dependencies: PasskeyDependencies): Passkeys {
  const challenges = createChallenges(dependencies)
  const check = createCheckAssertion({ ...dependencies, challenges })
  return {
    list: dependencies.passkeys.list,
    ...createOffers(dependencies, challenges),
    register: createRegisterPasskey({ ...dependencies, challenges }),
    check,
    authenticate: createAuthenticate(dependencies, check),
    keep: createKeep(dependencies),
  }
}

function createOffers(
  { passkeys, webAuthn }: PasskeyDependencies,
  challenges: Challenges,
): Pick<Passkeys, 'offerRegistration' | 'offerAssertion'> {
  return {
    async offerRegistration(user, binding) {
      const existing = await passkeys.list(user.id)
      if (existing.length >= maxPasskeysPerUser) return null
      const { challenge, token } = challenges.issue(binding)
      const options = webAuthn.registrationOptions({ challenge, user, existing })
      return { challengeToken: token, options }
    },
    async offerAssertion(binding) {
      const { userId } = binding
      const owned = userId === null ? [] : await passkeys.list(userId)
      const allowed = owned.filter(({ suspendedAt }) => suspendedAt === null)
      if (userId !== null && allowed.length === 0) return null
      const { challenge, token } = challenges.issue(binding)
      const options = webAuthn.assertionOptions({ challenge, allowed })
      return { challengeToken: token, options }
    },
  }
}

function createAuthenticate(
  { addressThrottle }: PasskeyDependencies,
  check: CheckAssertion,
): Passkeys['authenticate'] {
  return async function authenticate(request) {
    const throttled = await addressThrottle.reserve(request.ipAddress)
    if (throttled !== null) return throttled
    const result = await check(request)
    if (result.status !== 'wrong') await addressThrottle.refund(request.ipAddress)
    return result
  }
}

function createKeep({ passkeys, reportFactorChange }: PasskeyDependencies): Passkeys['keep'] {
  return async function keep({ user, id, ...requester }) {
    const name = await passkeys.keep(user.id, id)
    if (name === null) return null
    const change = { event: 'passkey-kept', kind: 'passkey' } as const
    await reportFactorChange({ ...change, ...requester, user, name })
    return name
  }
}
