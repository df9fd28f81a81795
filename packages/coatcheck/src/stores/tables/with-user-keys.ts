import { SessionError } from '../../domain/errors.ts'
import type { UserId } from '../../domain/session.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import { toCanonicalKey, wrongKeyMessage } from './user-key.ts'
import type { UserKeyType } from './user-reference.ts'

/**
 * Wraps a store whose column of user ids may have another type than text, so that it is only called with
 * user ids as the database prints them.
 */
export function withUserKeys(
  store: SessionStore,
  readType: () => Promise<UserKeyType>,
): SessionStore {
  async function normalizeUserId(userId: UserId): Promise<UserId | null> {
    return toCanonicalKey(await readType(), userId)
  }

  return {
    ...store,
    normalizeUserId,
    async insert(insertion) {
      const type = await readType()
      const userId = toCanonicalKey(type, insertion.record.userId)
      if (userId === null) throw new SessionError('invalid-argument', wrongKeyMessage(type))
      return store.insert({ ...insertion, record: { ...insertion.record, userId } })
    },
    async listByUser(userId, at) {
      const key = await normalizeUserId(userId)
      return key === null ? [] : store.listByUser(key, at)
    },
    async endByUser(userId, ending, except) {
      const key = await normalizeUserId(userId)
      return key === null ? [] : store.endByUser(key, ending, except)
    },
  }
}
