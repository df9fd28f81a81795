import { parseEmail } from '../domain/email.ts'
import type { Busy, Invalid, Throttled } from '../domain/refusals.ts'
import type { User } from '../domain/user.ts'
import type { Limits } from './limits.ts'
import { makeAccount, type NewAccountPorts } from './new-account.ts'
import type { LetterRequestSink } from './ports/letter-requests.ts'
import type {
  AddUserResult,
  InviteRepository,
  NewUser,
  UserRepository,
} from './ports/user-repository.ts'

/** Who may make an account: nobody, anybody, or whoever holds an invite. */
export type SignUpMode = 'closed' | 'open' | 'invite'

export interface SignUpRequest {
  readonly email: string
  readonly password: string
  /** The invite's code, or `null` when the visitor came without one. */
  readonly invite: string | null
  readonly ipAddress: string | null
}

export type SignUpResult =
  | { readonly status: 'created'; readonly user: User }
  /** An address that is taken is an invalid `email`. */
  | Invalid<'email' | 'password'>
  /** Registration is not open to this visitor: closed, or the invite is unknown, used or expired. */
  | { readonly status: 'closed' }
  | Throttled
  | Busy

/** Makes an account where `SIGNUP` (or an invite) allows it. One invite makes one account. */
export type SignUp = (request: SignUpRequest) => Promise<SignUpResult>

/** Whether the sign-up page is open to a visitor with this invite code (`null`: with none). Reads only. */
export type MaySignUp = (invite: string | null) => Promise<boolean>

export interface SignUpPorts extends NewAccountPorts {
  readonly users: UserRepository
  readonly invites: InviteRepository
  readonly limits: Limits
  readonly requestLetter: LetterRequestSink
  readonly mode: SignUpMode
}

export function createMaySignUp(
  ports: Pick<SignUpPorts, 'users' | 'invites' | 'secrets' | 'clock' | 'mode'>,
): MaySignUp {
  return async function maySignUp(invite) {
    // Before there is an operator, the only way in is the set-up code.
    if (ports.mode === 'closed' || !(await ports.users.hasOperator())) return false
    if (ports.mode === 'open') return true
    if (invite === null || invite === '') return false
    return ports.invites.isOpen(ports.secrets.hash(invite), ports.clock.now())
  }
}

export function createSignUp(ports: SignUpPorts): SignUp {
  const { users, limits, secrets, mode } = ports
  const maySignUp = createMaySignUp(ports)

  /** What can be told without asking anybody counts against nobody: people mistype, and choose short passwords. */
  async function isMistyped({ email, password }: SignUpRequest): Promise<boolean> {
    if (parseEmail(email) === null) return true
    return (await ports.checkNewPassword({ password, email: null })) !== null
  }

  async function refusal(request: SignUpRequest) {
    const { invite, ipAddress } = request
    if (mode === 'closed') return { status: 'closed' } as const
    const throttled = (await isMistyped(request)) ? null : await limits.signUp(ipAddress)
    if (throttled !== null) return throttled
    return (await maySignUp(invite)) ? null : ({ status: 'closed' } as const)
  }

  function add(newUser: NewUser, invite: string | null): Promise<AddUserResult> {
    if (mode === 'open') return users.add(newUser)
    return users.addInvited(newUser, secrets.hash(invite ?? ''))
  }

  return async function signUp(request) {
    const refused = await refusal(request)
    if (refused !== null) return refused
    const made = await makeAccount(ports, { ...request, isOperator: false })
    if (made.status !== 'ready') return made

    const isToBeWritten = (await limits.firstLetter(made.newUser.user.email)) === null
    const added = await add(made.newUser, request.invite)
    if (added === 'invite-spent') return { status: 'closed' }
    if (added === 'email-taken') return { status: 'invalid', fields: [unusable] }
    const { user } = made.newUser
    // Who made it can ask for one on the page of the account.
    if (isToBeWritten) {
      ports.requestLetter({ kind: 'verify-address', email: user.email, from: nobodyElse })
    }
    return { status: 'created', user }
  }
}

/** Who made the account is in its log already. */
const nobodyElse = { ipAddress: null, userAgent: null } as const

/** Says no more than it must. Without mail, that an account exists cannot be hidden here altogether. */
const unusable = { field: 'email', message: 'This address cannot be used.' } as const
