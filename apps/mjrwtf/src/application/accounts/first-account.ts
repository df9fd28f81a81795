import { codePolicy } from '../../domain/attempt-policy.ts'
import type { Busy, Invalid, Throttled } from '../../domain/results.ts'
import { day } from '../../domain/time.ts'
import type { User } from '../../domain/user.ts'
import type { AccountsDependencies } from './dependencies.ts'
import { type PrepareAccountDependencies, prepareAccount, unknownRequester } from './sign-up.ts'

export interface FirstAccountRequest {
  readonly code: string
  readonly email: string
  readonly password: string
  /** For the throttle. */
  readonly ipAddress: string | null
}

export type SetUpResult =
  | { readonly status: 'created'; readonly user: User }
  | Invalid<'email' | 'password'>
  /** The code is unknown or has expired. */
  | { readonly status: 'wrong-code' }
  /** The operator's account exists already (404). */
  | { readonly status: 'already-set-up' }
  | Throttled
  | Busy

/** Creates the first account, the operator's. */
export interface FirstAccount {
  /** Whether there is no account yet. Stops querying the database once there is one. */
  readonly needsSetUp: () => Promise<boolean>
  /**
   * Creates a one-time code for the first account, valid for 24 hours. Returns `null` if the account exists already. The
   * code is secret and only its hash is stored: print it now.
   */
  readonly issueSetUpCode: () => Promise<string | null>
  /** Of parallel calls exactly one creates the account. */
  readonly setUp: (request: FirstAccountRequest) => Promise<SetUpResult>
}

type FirstAccountDependencies = PrepareAccountDependencies &
  Pick<AccountsDependencies, 'users' | 'setUpCodes' | 'throttle' | 'requestEmail'>

export function createFirstAccount(dependencies: FirstAccountDependencies): FirstAccount {
  const { users, setUpCodes, throttle, requestEmail, secrets, clock } = dependencies
  let isSetUp = false

  /** Returns `null` if the code is valid. */
  async function checkCode({ code, ipAddress }: FirstAccountRequest) {
    if (await users.hasOperator()) return { status: 'already-set-up' } as const
    // A valid code of 256 random bits never waits: others behind the IP address could delay it by wrong ones.
    if (await setUpCodes.has(secrets.hash(code), clock.now())) return null
    const throttled = await throttle.reserve(throttle.codes(ipAddress, codePolicy))
    if (throttled !== null) return throttled
    // A parallel request may have created the account and cleared all codes, including a valid one.
    return { status: (await users.hasOperator()) ? 'already-set-up' : 'wrong-code' } as const
  }

  return {
    async needsSetUp() {
      if (!isSetUp) isSetUp = await users.hasOperator()
      return !isSetUp
    },
    async issueSetUpCode() {
      if (await users.hasOperator()) return null
      const code = secrets.code()
      const now = clock.now()
      await setUpCodes.add(secrets.hash(code), now + day, now)
      return code
    },
    async setUp(request) {
      const rejected = await checkCode(request)
      if (rejected !== null) return rejected
      const prepared = await prepareAccount(dependencies, { ...request, isOperator: true })
      if (prepared.status !== 'ready') return prepared

      // The repository decides, not the check above: two clients may have a valid code each.
      if (!(await users.addOperator(prepared.newUser))) return { status: 'already-set-up' }
      await setUpCodes.clear()
      const { user } = prepared.newUser
      requestEmail({ kind: 'verify-email', email: user.email, requester: unknownRequester })
      return { status: 'created', user }
    },
  }
}
