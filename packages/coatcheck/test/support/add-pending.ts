import type { SessionStore } from '../../src/ports/session-store.ts'
import { aPendingSignInRecord } from '../../src/testing/builders.ts'

/** Adds a pending sign-in of which one attempt was counted. */
export async function addPending(store: SessionStore, userId: string) {
  const record = aPendingSignInRecord({ userId, attempts: 1 })
  await store.addPendingSignIn({ record, replaces: null })
  return record
}
