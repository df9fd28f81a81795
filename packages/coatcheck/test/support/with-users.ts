import type { GrantStore } from 'coatcheck/grants'
import type { OpenedRevocationChannel } from 'coatcheck/testing-contracts'

type SessionStore = OpenedRevocationChannel['store']

/** Creates the user of a session before the store needs it, as the application does. */
export function withUsers(
  store: SessionStore,
  addUser: (id: string) => Promise<unknown>,
): SessionStore {
  const { within } = store
  return {
    ...store,
    ...(within !== undefined && {
      within: (transaction) => withUsers(within(transaction), addUser),
    }),
    async insert(insertion) {
      await addUser(insertion.record.userId)
      return store.insert(insertion)
    },
    async addPendingSignIn(addition) {
      await addUser(addition.record.userId)
      return store.addPendingSignIn(addition)
    },
    async endPendingSignIns(userId, at) {
      await addUser(userId)
      return store.endPendingSignIns(userId, at)
    },
    async endByUser(userId, ...rest) {
      await addUser(userId)
      return store.endByUser(userId, ...rest)
    },
  }
}

/** The same for the user of a grant. A test may pass an id that no column can contain. */
export function withGrantUsers(
  store: GrantStore,
  addUser: (id: string) => Promise<unknown>,
): GrantStore {
  return {
    ...store,
    async insert(insertion) {
      await addUser(insertion.record.userId).catch(() => {})
      return store.insert(insertion)
    },
    async endByUser(userId, ending) {
      await addUser(userId).catch(() => {})
      return store.endByUser(userId, ending)
    },
  }
}
