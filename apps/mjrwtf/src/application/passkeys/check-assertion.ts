import type { AuthenticationMethod } from 'coatcheck'
import type { Throttled } from '../../domain/results.ts'
import type { Instant } from '../../domain/time.ts'
import type { User, UserId } from '../../domain/user.ts'
import type { FoundPasskey, PasskeyUse } from '../ports/passkey-repository.ts'
import type { ChallengeBinding, ChallengePurpose, Challenges } from './challenges.ts'
import type { PasskeyDependencies, Requester } from './dependencies.ts'

export interface AssertionRequest extends Requester {
  /** JSON of the browser's `PublicKeyCredential`. */
  readonly response: string
  /** The token of the challenge, from the form. */
  readonly challengeToken: string
  readonly binding: ChallengeBinding
}

export type AssertionCheck =
  | {
      readonly status: 'correct'
      readonly user: User
      /** Level 2 with user verification: `swk`, `user` and `mfa`; else `swk` and `user`. */
      readonly methods: readonly AuthenticationMethod[]
      /** For the session library's `credentialsCheckedAt`. */
      readonly credentialsCheckedAt: Instant
    }
  /**
   * An unknown or suspended passkey, one of another user, or any failed check: indistinguishable in content and in time.
   * `userId`: the user of the passkey, for the security log only.
   */
  | { readonly status: 'wrong'; readonly userId: UserId | null }
  /** The passkey is right, and the account is suspended. */
  | { readonly status: 'suspended'; readonly userId: UserId }
  /** The page is older than ten minutes, or from another browser, session or user. Nothing was checked. */
  | { readonly status: 'expired' }
  /** Correct, but the user had too many of them. */
  | Throttled

/**
 * Checks the response of a passkey to a challenge and uses both: a challenge is accepted once, and so is each value of a
 * counter. A counter that decreases suspends the passkey until its user decides. Stores nothing before the signature is
 * verified.
 */
export type CheckAssertion = (request: AssertionRequest) => Promise<AssertionCheck>

type Dependencies = Pick<
  PasskeyDependencies,
  'passkeys' | 'webAuthn' | 'secrets' | 'clock' | 'limits' | 'reportFactorChange'
> & { readonly challenges: Challenges }

export function createCheckAssertion(dependencies: Dependencies): CheckAssertion {
  const { passkeys, webAuthn, challenges, secrets } = dependencies
  const { clock, limits, reportFactorChange } = dependencies

  /** Bounds the stored challenges. Counts after the signature, so that no other user can use the limit up. */
  function countUse(purpose: ChallengePurpose, user: User): Promise<Throttled | null> {
    // As on a device in which a factor was sent: others who know the password cannot keep the holder of a passkey out.
    if (purpose === 'sign-in') return limits.correctSignIn(user, true)
    return limits.passkeyUse(user.id)
  }

  /** Accepts the use, or suspends the passkey if its counter shows that there is a copy. */
  async function acceptUse(
    found: FoundPasskey,
    use: PasskeyUse,
    { sessionId, ipAddress, userAgent }: Requester,
  ): Promise<boolean> {
    if (await passkeys.use(use)) return true
    if (!(await passkeys.suspend(use))) return false
    const { user, name } = found
    const change = { event: 'passkey-suspended', kind: 'passkey' } as const
    await reportFactorChange({ ...change, user, name, sessionId, ipAddress, userAgent })
    return false
  }

  /** Every check that writes nothing. `verified`: `null` if one failed. */
  async function verify({ response, binding }: AssertionRequest, challenge: string) {
    const presented = webAuthn.readAssertion(response)
    if (presented === null) return { found: null, verified: null }
    const found = await passkeys.find(presented.passkeyId)
    const verified = await webAuthn.verifyAssertion(response, { challenge, passkey: found })
    const isExpected =
      found !== null && isOfExpectedUser(found.user.id, presented.userHandle, binding.userId)
    return { found, verified: isExpected ? verified : null }
  }

  return async function checkAssertion(request) {
    const at = clock.now()
    const opened = challenges.open(request.challengeToken, request.binding)
    if (opened === null) return { status: 'expired' }
    const { challenge, expiresAt } = opened
    const { found, verified } = await verify(request, challenge)
    if (verified === null || found === null) {
      return { status: 'wrong', userId: found?.user.id ?? null }
    }
    const { user } = found
    if (found.isSuspended) return { status: 'suspended', userId: user.id }
    const throttled = await countUse(request.binding.purpose, user)
    if (throttled !== null) return throttled

    const { counter, isSynced, isUserVerified } = verified
    const isFirstUse = await passkeys.useChallenge({ hash: secrets.hash(challenge), expiresAt })
    const use = { id: found.id, counter, isSynced, at }
    const isAccepted = isFirstUse && (await acceptUse(found, use, request))
    if (!isAccepted) return { status: 'wrong', userId: user.id }
    const methods = methodsOf(isUserVerified && found.canVerifyUser)
    return { status: 'correct', user, methods, credentialsCheckedAt: at }
  }
}

/**
 * WebAuthn Level 3 section 7.2 steps 5 and 6: the passkey belongs to the user who was identified before; otherwise the
 * user handle identifies its user.
 */
function isOfExpectedUser(owner: UserId, userHandle: string | null, expected: UserId | null) {
  if (expected !== null && owner !== expected) return false
  return userHandle === null ? expected !== null : userHandle === owner
}

/** Never `hwk`: without attestation nothing shows that hardware protects the key. */
function methodsOf(isUserVerified: boolean): readonly AuthenticationMethod[] {
  return isUserVerified ? ['swk', 'user', 'mfa'] : ['swk', 'user']
}
