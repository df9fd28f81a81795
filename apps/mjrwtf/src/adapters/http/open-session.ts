import { SessionError } from 'coatcheck'
import type { AppContext, AppVariables } from './site.ts'

type SignIn = AppVariables['exchange']['signIn']

/** The account was deleted after its password had been checked. */
interface AccountGone {
  readonly status: 'refused'
  readonly reason: 'account-gone'
}

/** Signs in, where the account may be deleted at the same moment: the database refuses it a session then. */
export async function openSession(
  c: AppContext,
  signIn: Parameters<SignIn>[0],
): Promise<Awaited<ReturnType<SignIn>> | AccountGone> {
  try {
    return await c.var.exchange.signIn(signIn)
  } catch (error) {
    const isGone = error instanceof SessionError && error.code === 'unknown-user'
    if (isGone) return { status: 'refused', reason: 'account-gone' }
    throw error
  }
}
