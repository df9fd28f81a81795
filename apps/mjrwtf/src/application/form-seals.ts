import { day } from '../domain/time.ts'
import type { UserId } from '../domain/user.ts'
import type { Clock } from './ports/clock.ts'
import type { Seals } from './ports/seals.ts'

/**
 * Says for whom a form was made, in a hidden field: proof enough to keep for them what comes back in it when the
 * session is over, or is somebody else's by now. It opens nothing. Whoever holds one can leave a draft for that
 * user, who has to look at it and send it themselves.
 */
export interface FormSeals {
  seal(userId: UserId): string
  /** For whom the form was made; `null` when the seal is not ours or older than 30 days. */
  open(sealed: string): UserId | null
}

/** As long as a remembered session: a page that has been open for longer is a stranger's find. */
const lifetime = 30 * day
const purpose = 'form'

export interface FormSealPorts {
  readonly seals: Seals
  readonly clock: Clock
}

export function createFormSeals({ seals, clock }: FormSealPorts): FormSeals {
  return {
    seal: (userId) => seals.seal(purpose, `${clock.now()}.${userId}`),
    open(sealed) {
      const [, at = '', userId = ''] = /^(\d+)\.(.+)$/.exec(seals.open(purpose, sealed) ?? '') ?? []
      const isFresh = at !== '' && clock.now() - Number(at) < lifetime
      return isFresh ? userId : null
    },
  }
}
