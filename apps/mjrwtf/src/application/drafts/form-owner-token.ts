import type { Clock } from 'coatcheck'
import { day } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'
import type { Signer } from '../ports/secrets.ts'

/** The user and the session for which a form was rendered. */
export interface FormOwner {
  readonly userId: UserId
  /** Empty for a page of an earlier release. */
  readonly sessionId: string
}

/**
 * Identifies the user for whom a form was rendered, in a hidden field. If the session has ended by then or belongs to
 * another user, the form's input is saved for the user of the token. The token does not authenticate: its holder can only
 * save a draft for the user, who must review and submit it.
 */
export interface FormOwnerTokens {
  sign(owner: FormOwner): string
  /** Returns the owner, or `null` if the signature is invalid or older than 30 days. */
  verify(token: string): FormOwner | null
}

/** As long as a remembered session. The user of an older page may have changed. */
const lifetime = 30 * day
const purpose = 'form'

export interface FormOwnerTokenDependencies {
  readonly signer: Signer
  readonly clock: Clock
}

export function createFormOwnerTokens({
  signer,
  clock,
}: FormOwnerTokenDependencies): FormOwnerTokens {
  return {
    sign: ({ userId, sessionId }) => signer.sign(purpose, `${clock.now()}.${userId}~${sessionId}`),
    verify(token) {
      const [, signedAt = '', userId = '', sessionId = ''] =
        /^(\d+)\.([^~]+)(?:~(.+))?$/.exec(signer.verify(purpose, token) ?? '') ?? []
      const isFresh = signedAt !== '' && clock.now() - Number(signedAt) < lifetime
      return isFresh ? { userId, sessionId } : null
    },
  }
}
