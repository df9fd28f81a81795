import { SessionError } from 'coatcheck'
import type { AppVariables, RequestContext } from '../http-context.ts'

type SignIn = AppVariables['exchange']['signIn']

/** The account was deleted after its password was checked. */
interface AccountDeleted {
  readonly status: 'refused'
  readonly reason: 'account-deleted'
}

/** Signs in. If the account is deleted concurrently, the database rejects the session. */
export async function createSession(
  c: RequestContext,
  signIn: Parameters<SignIn>[0],
): Promise<Awaited<ReturnType<SignIn>> | AccountDeleted> {
  try {
    return await c.var.exchange.signIn(signIn)
  } catch (error) {
    const isDeleted = error instanceof SessionError && error.code === 'unknown-user'
    if (isDeleted) return { status: 'refused', reason: 'account-deleted' }
    throw error
  }
}
