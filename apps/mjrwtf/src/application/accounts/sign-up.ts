import { parseEmail } from '../../domain/email.ts'
import type { Busy, Invalid, Throttled } from '../../domain/results.ts'
import type { User } from '../../domain/user.ts'
import type { EmailRequestSink } from '../ports/email.ts'
import type {
  AddUserResult,
  InviteRepository,
  NewUser,
  UserRepository,
} from '../ports/user-repository.ts'
import type { Limits } from '../shared/rate-limits.ts'
import { type PrepareAccountPorts, prepareAccount } from './prepare-account.ts'

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

export interface SignUpPorts extends PrepareAccountPorts {
  readonly users: UserRepository
  readonly invites: Pick<InviteRepository, 'isUsable'>
  readonly limits: Limits
  readonly requestEmail: EmailRequestSink
  readonly signUpMode: SignUpMode
}

export function createMaySignUp(
  ports: Pick<SignUpPorts, 'users' | 'invites' | 'secrets' | 'clock' | 'signUpMode'>,
): MaySignUp {
  return async function maySignUp(invite) {
    // Before there is an operator, the only way in is the set-up code.
    if (ports.signUpMode === 'closed' || !(await ports.users.hasOperator())) return false
    if (ports.signUpMode === 'open') return true
    if (invite === null || invite === '') return false
    return ports.invites.isUsable(ports.secrets.hash(invite), ports.clock.now())
  }
}

export function createSignUp(ports: SignUpPorts): SignUp {
  const { users, limits, secrets, signUpMode } = ports
  const maySignUp = createMaySignUp(ports)

  /** What can be told without asking anybody counts against nobody: people mistype, and choose short passwords. */
  async function isInvalidInput({ email, password }: SignUpRequest): Promise<boolean> {
    if (parseEmail(email) === null) return true
    return (await ports.validateNewPassword({ password, email: null })) !== null
  }

  async function checkRequest(request: SignUpRequest) {
    const { invite, ipAddress } = request
    if (signUpMode === 'closed') return { status: 'closed' } as const
    const throttled = (await isInvalidInput(request)) ? null : await limits.signUp(ipAddress)
    if (throttled !== null) return throttled
    return (await maySignUp(invite)) ? null : ({ status: 'closed' } as const)
  }

  function add(newUser: NewUser, invite: string | null): Promise<AddUserResult> {
    if (signUpMode === 'open') return users.add(newUser)
    return users.addInvited(newUser, secrets.hash(invite ?? ''))
  }

  return async function signUp(request) {
    const rejected = await checkRequest(request)
    if (rejected !== null) return rejected
    const prepared = await prepareAccount(ports, { ...request, isOperator: false })
    if (prepared.status !== 'ready') return prepared

    const shouldSendEmail = (await limits.verificationEmail(prepared.newUser.user.email)) === null
    const added = await add(prepared.newUser, request.invite)
    if (added === 'invite-used') return { status: 'closed' }
    if (added === 'email-unavailable') return { status: 'invalid', fields: [emailUnusableError] }
    const { user } = prepared.newUser
    // Who made it can ask for one on the page of the account.
    if (shouldSendEmail) {
      ports.requestEmail({ kind: 'verify-email', email: user.email, requester: unknownClient })
    }
    return { status: 'created', user }
  }
}

/** Who made the account is in its log already. */
const unknownClient = { ipAddress: null, userAgent: null } as const

/** Without email verification before the account is created, this page cannot hide that an account exists. */
const emailUnusableError = {
  field: 'email',
  message: 'An account with this email already exists. Sign in or reset your password.',
} as const
