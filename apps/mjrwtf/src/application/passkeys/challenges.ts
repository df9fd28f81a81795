import { challengeLifetime } from '../../domain/passkey.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'
import type { PasskeyDependencies } from './dependencies.ts'

export type ChallengePurpose = 'register' | 'sign-in' | 'second-step' | 'step-up'

/** Where and for what a challenge may be used. A response anywhere else is rejected. */
export interface ChallengeBinding {
  readonly purpose: ChallengePurpose
  /** Random id of the browser, from a signed cookie. */
  readonly browserId: string
  /** Id of the session or of the pending sign-in; `null` if there is neither. */
  readonly contextId: string | null
  /** The user who must respond; `null` if the response says who it is. */
  readonly userId: UserId | null
}

export interface IssuedChallenge {
  /** 32 random bytes as base64url. */
  readonly challenge: string
  /** Signed text for a hidden field. Contains the challenge, its binding and its end. */
  readonly token: string
}

export interface OpenedChallenge {
  readonly challenge: string
  readonly expiresAt: Instant
}

/** Purpose of the signature. */
const signaturePurpose = 'passkey challenge'

/**
 * Challenges of which the server stores nothing until a valid response uses one (decision 041). So pages that anyone can
 * open write nothing.
 */
export function createChallenges({
  signer,
  secrets,
  clock,
}: Pick<PasskeyDependencies, 'signer' | 'secrets' | 'clock'>) {
  return {
    issue(binding: ChallengeBinding): IssuedChallenge {
      const challenge = secrets.code()
      const expiresAt = clock.now() + challengeLifetime
      const text = [...toFields(binding), challenge, expiresAt].join(' ')
      return { challenge, token: signer.sign(signaturePurpose, text) }
    },
    /** Returns `null` for a token that has expired, has another binding, or was not signed by this app. */
    open(token: string, binding: ChallengeBinding): OpenedChallenge | null {
      const text = signer.verify(signaturePurpose, token)
      const fields = text === null ? [] : text.split(' ')
      const expected = toFields(binding)
      const [challenge = '', end = ''] = fields.slice(expected.length)
      const isBound = expected.every((field, index) => fields[index] === field)
      const expiresAt = Number(end)
      if (!isBound || clock.now() >= expiresAt) return null
      return { challenge, expiresAt }
    },
  }
}

export type Challenges = ReturnType<typeof createChallenges>

/** None contains a space: ids are base64url. */
function toFields({ purpose, browserId, contextId, userId }: ChallengeBinding): readonly string[] {
  return [purpose, browserId, contextId ?? '-', userId ?? '-']
}
