import { SessionError } from '../../domain/errors.ts'
import type { UserId } from '../../domain/session.ts'
import type { GrantStore } from '../../ports/grant-store.ts'
import type { SessionStore } from '../../ports/session-store.ts'
import { toCanonicalKey, wrongKeyMessage } from './user-key.ts'
import type { UserKeyType } from './user-reference.ts'

/** Reads the type of the column of user ids. */
type ReadType = () => Promise<UserKeyType>

/**
 * Wraps a store whose column of user ids may have another type than text, so that it is only called with
 * user ids as the database prints them.
 */
export function withUserKeys(store: SessionStore, readType: ReadType): SessionStore {
  const { normalizeUserId, requireUserKey } = createUserKeys(readType)
  return {
    ...store,
    normalizeUserId,
    async insert(insertion) {
      const userId = await requireUserKey(insertion.record.userId)
      return store.insert({ ...insertion, record: { ...insertion.record, userId } })
    },
    async addPendingSignIn(addition) {
      const userId = await requireUserKey(addition.record.userId)
      return store.addPendingSignIn({ ...addition, record: { ...addition.record, userId } })
    },
    async endPendingSignIns(userId, at) {
      const key = await normalizeUserId(userId)
      return key === null ? 0 : store.endPendingSignIns(key, at)
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

/** Wraps a store of grants like `withUserKeys` one of sessions. */
export function withGrantUserKeys(store: GrantStore, readType: ReadType): GrantStore {
  const { normalizeUserId, requireUserKey } = createUserKeys(readType)
  return {
    ...store,
    normalizeUserId,
    async insert(insertion) {
      const userId = await requireUserKey(insertion.record.userId)
      return store.insert({ ...insertion, record: { ...insertion.record, userId } })
    },
    async listByUser(userId, at) {
      const key = await normalizeUserId(userId)
      return key === null ? [] : store.listByUser(key, at)
    },
    async endByUser(userId, ending) {
      const key = await normalizeUserId(userId)
      return key === null ? [] : store.endByUser(key, ending)
    },
  }
}

function createUserKeys(readType: ReadType) {
  return {
    async normalizeUserId(userId: UserId): Promise<UserId | null> {
      return toCanonicalKey(await readType(), userId)
    },
    async requireUserKey(userId: UserId): Promise<UserId> {
      const type = await readType()
      const key = toCanonicalKey(type, userId)
      if (key === null) throw new SessionError('invalid-argument', wrongKeyMessage(type))
      return key
    },
  }
}
