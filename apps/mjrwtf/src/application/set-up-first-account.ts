import type { Busy, Invalid, Throttled } from '../domain/refusals.ts'
import { codePolicy } from '../domain/throttle.ts'
import type { User } from '../domain/user.ts'
import { makeAccount, type NewAccountPorts } from './new-account.ts'
import type { LetterRequestSink } from './ports/letter-requests.ts'
import type { SetUpCodeRepository, UserRepository } from './ports/user-repository.ts'
import type { Throttle } from './throttle.ts'

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
  | { readonly status: 'gone' }
  | Throttled
  | Busy

/** Makes the first account, the operator's. Of any number at once exactly one succeeds. */
export type SetUpFirstAccount = (account: FirstAccount) => Promise<SetUpFirstAccountResult>

export interface SetUpFirstAccountPorts extends NewAccountPorts {
  readonly users: UserRepository
  readonly setUpCodes: SetUpCodeRepository
  readonly throttle: Throttle
  readonly requestLetter: LetterRequestSink
}

export function createSetUpFirstAccount(ports: SetUpFirstAccountPorts): SetUpFirstAccount {
  const { users, setUpCodes, throttle, secrets, clock } = ports

  /** `null` when the code is good. */
  async function refusal({ code, ipAddress }: FirstAccount) {
    if (await users.hasOperator()) return { status: 'gone' } as const
    const counter = throttle.codes(ipAddress, codePolicy)
    const throttled = await throttle.reserve(counter)
    if (throttled !== null) return throttled
    if (!(await setUpCodes.has(secrets.hash(code), clock.now()))) {
      // Every code is used up once somebody was faster: theirs may have been a good one.
      return { status: (await users.hasOperator()) ? 'gone' : 'wrong-code' } as const
    }
    await throttle.refund(counter)
    return null
  }

  return async function setUpFirstAccount(account) {
    const refused = await refusal(account)
    if (refused !== null) return refused
    const made = await makeAccount(ports, { ...account, isOperator: true })
    if (made.status !== 'ready') return made

    // The repository decides, not the look above: two people may hold a code each.
    if (!(await users.addFirst(made.newUser))) return { status: 'gone' }
    await setUpCodes.clear()
    const { user } = made.newUser
    ports.requestLetter({ kind: 'verify-address', email: user.email, from: nobodyElse })
    return { status: 'created', user }
  }
}

/** Who made the account is in its log already. */
const nobodyElse = { ipAddress: null, userAgent: null } as const
