import { maxPasskeysPerUser, type NewPasskey, passkeyProvider } from '../../domain/passkey.ts'
import type { Invalid, Throttled } from '../../domain/results.ts'
import { invalidFactorName, parseFactorName } from '../../domain/second-factor.ts'
import type { User } from '../../domain/user.ts'
import type { VerifiedRegistration } from '../ports/webauthn.ts'
import { deviceText } from '../shared/describe-client.ts'
import type { ChallengeBinding, Challenges } from './challenges.ts'
import type { PasskeyDependencies, Requester } from './dependencies.ts'

export interface RegistrationRequest extends Requester {
  readonly user: User
  /** As entered. Empty: the name of the password manager, or of the device. */
  readonly name: string
  /** JSON of the browser's `PublicKeyCredential`. */
  readonly response: string
  readonly challengeToken: string
  readonly binding: ChallengeBinding
}

export type RegistrationResult =
  | { readonly status: 'added'; readonly name: string }
  | Invalid<'name'>
  | Throttled
  | { readonly status: 'rejected'; readonly reason: RegistrationRejection }

export type RegistrationRejection =
  /** The page is older than ten minutes, or from another browser, session or user. Nothing was checked. */
  | 'expired'
  /** A check failed, or the challenge was used before. */
  | 'unverified'
  /** The user has registered this passkey before. */
  | 'registered'
  | 'of-other-user'
  | 'too-many'
  /** The account was deleted meanwhile. */
  | 'user-deleted'

/** Registers a passkey of a user. Stores nothing unless every check succeeds. */
export type RegisterPasskey = (request: RegistrationRequest) => Promise<RegistrationResult>

type Dependencies = Pick<
  PasskeyDependencies,
  'passkeys' | 'webAuthn' | 'secrets' | 'clock' | 'limits' | 'detectDevice' | 'reportFactorChange'
> & { readonly challenges: Challenges }

export function createRegisterPasskey(dependencies: Dependencies): RegisterPasskey {
  const { passkeys, webAuthn, challenges, secrets, clock } = dependencies
  const { limits, detectDevice, reportFactorChange } = dependencies

  /** An AAGUID without attestation is no evidence; it only suggests a name. */
  function defaultName({ aaguid }: VerifiedRegistration, userAgent: string | null): string {
    const device = userAgent === null ? null : deviceText(detectDevice(userAgent))
    return passkeyProvider(aaguid) ?? device ?? 'Passkey'
  }

  /** Checks the response, and uses up its challenge. */
  async function verify({ user, response, challengeToken, binding }: RegistrationRequest) {
    const opened = challenges.open(challengeToken, binding)
    if (opened === null) return reject('expired')
    const { challenge, expiresAt } = opened
    const verified = await webAuthn.verifyRegistration(response, challenge)
    if (verified === null) return reject('unverified')
    const throttled = await limits.passkeyUse(user.id)
    if (throttled !== null) return throttled
    const isFirstUse = await passkeys.useChallenge({ hash: secrets.hash(challenge), expiresAt })
    return isFirstUse ? verified : reject('unverified')
  }

  return async function registerPasskey(request) {
    const { user, ipAddress, userAgent, sessionId } = request
    const isNamed = request.name.trim() !== ''
    const chosenName = isNamed ? parseFactorName(request.name) : ''
    if (chosenName === null) return invalidFactorName
    const verified = await verify(request)
    if ('status' in verified) return verified

    const { isUserVerified: canVerifyUser, ...registered } = verified
    const name = isNamed ? chosenName : defaultName(verified, userAgent)
    const owned = { userId: user.id, name, canVerifyUser, createdAt: clock.now() }
    const passkey: NewPasskey = { ...registered, ...owned }
    const status = await passkeys.add(passkey, {
      max: maxPasskeysPerUser,
      passwordVersion: user.passwordVersion,
    })
    if (status !== 'added') return reject(status)
    const change = { user, event: 'second-factor-added', kind: 'passkey', name } as const
    await reportFactorChange({ ...change, sessionId, ipAddress, userAgent })
    return { status, name }
  }
}

function reject(reason: RegistrationRejection) {
  return { status: 'rejected', reason } as const
}
