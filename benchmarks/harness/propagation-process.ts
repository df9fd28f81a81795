import { setImmediate } from 'node:timers/promises'
import { openSessions } from '../cases/coatcheck-sessions.ts'
import { respondToParent } from './child.ts'

/** Requests to a process with a cache; all times are of the machine's monotonic clock. */
type Question =
  /** Signs a user in and returns the token. */
  | { readonly command: 'token'; readonly userId: string }
  /** Verifies a token continuously; responds once it was verified from the cache. */
  | { readonly command: 'watch'; readonly token: string }
  /** Returns when the watched token was first rejected. */
  | { readonly command: 'seen' }
  /** Revokes the session of a token; returns when the call started. */
  | { readonly command: 'revoke'; readonly token: string }

const [variant = '', database = ''] = process.argv.slice(2)
const { sessions, hooks } = await openSessions({ database, variant: `${variant}-cached` })
let seen: Promise<bigint> | null = null

respondToParent<Question>(async (question) => {
  switch (question.command) {
    case 'token':
      return { token: await signIn(question.userId) }
    case 'watch':
      await verifyFromCache(question.token)
      seen = firstRejection(question.token)
      return {}
    case 'seen':
      return { at: await seen, hits: sessions.cacheStatistics()?.hits ?? 0 }
    case 'revoke': {
      const at = process.hrtime.bigint()
      await revoke(question.token)
      return { at }
    }
  }
}, hooks.close)

async function signIn(userId: string): Promise<string> {
  const signedIn = await sessions.signIn({ userId })
  if (signedIn.status !== 'signed-in') throw new Error('A sign-in was rejected')
  return signedIn.token
}

async function verifyFromCache(token: string): Promise<void> {
  const before = hits()
  while (hits() === before) {
    const { status } = await sessions.verify(token)
    if (status !== 'active') throw new Error(`The session is ${status} too soon`)
    await setImmediate()
  }
}

async function firstRejection(token: string): Promise<bigint> {
  while ((await sessions.verify(token)).status === 'active') await setImmediate()
  return process.hrtime.bigint()
}

async function revoke(token: string): Promise<void> {
  const verified = await sessions.verify(token)
  if (verified.status !== 'active') throw new Error('There is no session to revoke')
  await sessions.revokeSessionOfAnyUser(verified.session.id, { reason: 'ended-by-operator' })
}

function hits(): number {
  return sessions.cacheStatistics()?.hits ?? 0
}
