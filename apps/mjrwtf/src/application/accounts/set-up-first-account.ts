import { codePolicy } from '../../domain/attempt-policy.ts'
import type { Busy, Invalid, Throttled } from '../../domain/results.ts'
import type { User } from '../../domain/user.ts'
import type { EmailRequestSink } from '../ports/email.ts'
import type { SetUpCodeRepository, UserRepository } from '../ports/user-repository.ts'
import type { Throttle } from '../sign-in/attempt-throttle.ts'
import { type PrepareAccountPorts, prepareAccount } from './prepare-account.ts'

export interface FirstAccount {
  readonly code: string
  readonly email: string
  readonly password: string
  /** Where the request came from, for the throttle. */
  readonly ipAddress: string | null
}

export type SetUpFirstAccountResult =
  | { readonly status: 'created'; readonly user: User }
  | Invalid<'email' | 'password'>
  /** Not a code of ours, or one that has expired. */
  | { readonly status: 'wrong-code' }
  /** Somebody has an account: there is nothing to set up (404). */
  | { readonly status: 'already-set-up' }
  | Throttled
  | Busy

/** Makes the first account, the operator's. Of any number at once exactly one succeeds. */
export type SetUpFirstAccount = (account: FirstAccount) => Promise<SetUpFirstAccountResult>

export interface SetUpFirstAccountPorts extends PrepareAccountPorts {
  readonly users: UserRepository
  readonly setUpCodes: SetUpCodeRepository
  readonly throttle: Throttle
  readonly requestEmail: EmailRequestSink
}

export function createSetUpFirstAccount(ports: SetUpFirstAccountPorts): SetUpFirstAccount {
  const { users, setUpCodes, throttle, secrets, clock } = ports

  /** `null` when the code is good. */
  async function checkRequest({ code, ipAddress }: FirstAccount) {
    if (await users.hasOperator()) return { status: 'already-set-up' } as const
    const counter = throttle.codes(ipAddress, codePolicy)
    const throttled = await throttle.reserve(counter)
    if (throttled !== null) return throttled
    if (!(await setUpCodes.has(secrets.hash(code), clock.now()))) {
      // Every code is used up once somebody was faster: theirs may have been a good one.
      return { status: (await users.hasOperator()) ? 'already-set-up' : 'wrong-code' } as const
    }
    await throttle.refund(counter)
    return null
  }

  return async function setUpFirstAccount(account) {
    const rejected = await checkRequest(account)
    if (rejected !== null) return rejected
    const prepared = await prepareAccount(ports, { ...account, isOperator: true })
    if (prepared.status !== 'ready') return prepared

    // The repository decides, not the look above: two people may hold a code each.
    if (!(await users.addOperator(prepared.newUser))) return { status: 'already-set-up' }
    await setUpCodes.clear()
    const { user } = prepared.newUser
    ports.requestEmail({ kind: 'verify-email', email: user.email, requester: unknownClient })
    return { status: 'created', user }
  }
}

/** Who made the account is in its log already. */
const unknownClient = { ipAddress: null, userAgent: null } as const
