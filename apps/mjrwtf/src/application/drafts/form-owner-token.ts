import type { Clock } from 'coatcheck'
import { day } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'
import type { Signer } from '../ports/secrets.ts'

/**
 * Says for whom a form was made, in a hidden field: proof enough to keep for them what comes back in it when the
 * session is over, or is somebody else's by now. It opens nothing. Whoever holds one can leave a draft for that
 * user, who has to look at it and send it themselves.
 */
export interface FormOwnerTokens {
  sign(userId: UserId): string
  /** For whom the form was made; `null` when the seal is not ours or older than 30 days. */
  verify(token: string): UserId | null
}

/** As long as a remembered session: a page that has been open for longer is a stranger's find. */
const lifetime = 30 * day
const purpose = 'form'

export interface FormOwnerTokenPorts {
  readonly signer: Signer
  readonly clock: Clock
}

export function createFormOwnerTokens({ signer, clock }: FormOwnerTokenPorts): FormOwnerTokens {
  return {
    sign: (userId) => signer.sign(purpose, `${clock.now()}.${userId}`),
    verify(token) {
      const [, signedAt = '', userId = ''] =
        /^(\d+)\.(.+)$/.exec(signer.verify(purpose, token) ?? '') ?? []
      const isFresh = signedAt !== '' && clock.now() - Number(signedAt) < lifetime
      return isFresh ? userId : null
    },
  }
}
