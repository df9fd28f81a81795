import { invalidEmailMessage, parseEmail } from '../../domain/email.ts'
import { normalizePassword } from '../../domain/password.ts'
import type { Busy, FieldError, Invalid, Throttled } from '../../domain/results.ts'
import type { User } from '../../domain/user.ts'
import type { AddUserResult, UserWithPasswordHash } from '../ports/user-repository.ts'
import type { AccountsDependencies } from './dependencies.ts'

export interface SignUpRequest {
  readonly email: string
  readonly password: string
  /** The code of the invite, or `null` if there is none. */
  readonly invite: string | null
  readonly ipAddress: string | null
}

export type SignUpResult =
  | { readonly status: 'created'; readonly user: User }
  /** An email that another account has is an invalid `email`. */
  | Invalid<'email' | 'password'>
  /** Sign-up is closed, or the invite is unknown, used or expired. */
  | { readonly status: 'closed' }
  | Throttled
  | Busy

/** Creates an account if `SIGNUP` or an invite permits it. One invite creates one account. */
export type SignUp = (request: SignUpRequest) => Promise<SignUpResult>

/** Whether a visitor with this invite (`null`: without one) may sign up. Changes nothing. */
export type MaySignUp = (invite: string | null) => Promise<boolean>

export type PrepareAccountDependencies = Pick<
  AccountsDependencies,
  'passwordHasher' | 'validateNewPassword' | 'secrets' | 'clock'
>

interface AccountInput {
  readonly email: string
  readonly password: string
  readonly isOperator: boolean
  readonly ipAddress: string | null
}

type PrepareAccountResult =
  | { readonly status: 'ready'; readonly newUser: UserWithPasswordHash }
  | Invalid<'email' | 'password'>
  | Busy

type MaySignUpDependencies = Pick<
  AccountsDependencies,
  'users' | 'invites' | 'secrets' | 'clock' | 'signUpMode'
>

type SignUpDependencies = MaySignUpDependencies &
  PrepareAccountDependencies &
  Pick<AccountsDependencies, 'limits' | 'requestEmail'>

export function createMaySignUp(dependencies: MaySignUpDependencies): MaySignUp {
  const { users, invites, secrets, clock, signUpMode } = dependencies
  return async function maySignUp(invite) {
    // The first account is the operator's and needs a set-up code.
    if (signUpMode === 'closed' || !(await users.hasOperator())) return false
    if (signUpMode === 'open') return true
    if (invite === null || invite === '') return false
    return invites.isUsable(secrets.hash(invite), clock.now())
  }
}

export function createSignUp(dependencies: SignUpDependencies): SignUp {
  const { users, limits, requestEmail, validateNewPassword, secrets, signUpMode } = dependencies
  const maySignUp = createMaySignUp(dependencies)

  /** Input that is rejected without a query does not count towards the limit: users mistype and try short passwords. */
  async function isInvalidInput({ email, password }: SignUpRequest): Promise<boolean> {
    if (parseEmail(email) === null) return true
    return (await validateNewPassword({ password, email: null })) !== null
  }

  /** Returns `null` if the visitor may sign up. */
  async function checkRequest(request: SignUpRequest) {
    const { invite, ipAddress } = request
    if (signUpMode === 'closed') return { status: 'closed' } as const
    const isAllowed = await maySignUp(invite)
    if (!(await isInvalidInput(request))) {
      const isInvited = isAllowed && signUpMode === 'invite'
      const throttled = isInvited
        ? await limits.signUpByInvite(invite ?? '')
        : await limits.signUp(ipAddress)
      if (throttled !== null) return throttled
    }
    return isAllowed ? null : ({ status: 'closed' } as const)
  }

  function add(newUser: UserWithPasswordHash, invite: string | null): Promise<AddUserResult> {
    if (signUpMode === 'open') return users.add(newUser)
    return users.addInvited(newUser, secrets.hash(invite ?? ''))
  }

  return async function signUp(request) {
    const rejected = await checkRequest(request)
    if (rejected !== null) return rejected
    const prepared = await prepareAccount(dependencies, { ...request, isOperator: false })
    if (prepared.status !== 'ready') return prepared

    const added = await add(prepared.newUser, request.invite)
    if (added === 'invite-used') return { status: 'closed' }
    if (added === 'email-unavailable') return { status: 'invalid', fields: [emailUnavailableError] }
    const { user } = prepared.newUser
    // A mailbox that has received too many emails gets none. The user can request another on the account page.
    requestEmail({ kind: 'verify-email', email: user.email, requester: unknownRequester })
    return { status: 'created', user }
  }
}

/** Only the security log uses the requester, and it contains the sign-up already. */
export const unknownRequester = { ipAddress: null, userAgent: null } as const

/** Reveals that an account exists: a server that may not send email has no other way to report it. */
const emailUnavailableError = {
  field: 'email',
  message: 'An account with this email already exists. Sign in or reset your password.',
} as const

/** Validates the input for a new account and creates the user, without storing it. */
export async function prepareAccount(
  dependencies: PrepareAccountDependencies,
  input: AccountInput,
): Promise<PrepareAccountResult> {
  const { passwordHasher, secrets, clock } = dependencies
  const email = parseEmail(input.email)
  const problems = await fieldProblems(dependencies, input.password, email)
  if (email === null || problems.length > 0) return { status: 'invalid', fields: problems }

  const hashed = await passwordHasher.hash(normalizePassword(input.password), input.ipAddress)
  if (hashed.status === 'busy') return hashed
  const user = {
    id: secrets.id(),
    email,
    createdAt: clock.now(),
    isOperator: input.isOperator,
    hasPassword: true,
    passwordVersion: 0,
    passwordChangedBySession: null,
    passwordChangedAt: null,
    passwordResets: 0,
    secondFactors: 0,
  }
  return { status: 'ready', newUser: { user, passwordHash: hashed.hash } }
}

async function fieldProblems(
  { validateNewPassword }: PrepareAccountDependencies,
  password: string,
  email: string | null,
): Promise<readonly FieldError<'email' | 'password'>[]> {
  const problem = await validateNewPassword({ password, email })
  const fields: FieldError<'email' | 'password'>[] = []
  if (email === null) fields.push({ field: 'email', message: invalidEmailMessage })
  if (problem !== null) fields.push({ field: 'password', message: problem })
  return fields
}
