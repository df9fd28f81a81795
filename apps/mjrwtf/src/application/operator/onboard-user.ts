import type { Clock } from 'coatcheck'
import { parseEmail } from '../../domain/email.ts'
import { day, type Instant, type Milliseconds } from '../../domain/time.ts'
import type { EmailTokenRepository } from '../ports/email-token-repository.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { DirectoryUser, UserRepository } from '../ports/user-repository.ts'
import type { RecordSecurityEvent } from '../security-log/record-security-event.ts'
import type { ReportOperatorAction } from './report-operator-action.ts'
import { type FindsUsers, findUser, type UserReference } from './user-reference.ts'

/** Sets a new password, once. The token is enough to get the account, unless it has second factors. */
export interface ResetLink {
  /** Secret: only its hash is stored. */
  readonly token: string
  readonly expiresAt: Instant
}

export type CreateResetLinkResult =
  | { readonly status: 'created'; readonly user: DirectoryUser; readonly link: ResetLink }
  | { readonly status: 'suspended' }
  | { readonly status: 'not-found' }

/**
 * Creates a link with which the user sets a new password, for the operator to hand over: where no email is
 * sent, it is the only way back. Second factors stay, and the email does not become verified. The user is notified.
 */
export type CreateResetLink = (user: UserReference) => Promise<CreateResetLinkResult>

export type CreateUserResult =
  | { readonly status: 'created'; readonly email: string; readonly link: ResetLink }
  /** `no-operator`: the first account is created on the page `/setup`. */
  | { readonly status: 'invalid-email' | 'email-unavailable' | 'no-operator' }

/** Creates an account without a password, whatever `SIGNUP` is, and a link with which its user sets the first one. */
export type CreateUser = (email: string) => Promise<CreateUserResult>

export interface OnboardUserDependencies {
  readonly userDirectory: FindsUsers
  readonly users: Pick<UserRepository, 'add' | 'hasOperator'>
  readonly emailTokens: Pick<EmailTokenRepository, 'add'>
  readonly secrets: Pick<Secrets, 'id' | 'code' | 'hash'>
  readonly recordSecurityEvent: RecordSecurityEvent
  readonly reportOperatorAction: ReportOperatorAction
  readonly clock: Clock
}

/** Longer than that of an email link: the operator hands it over, perhaps on paper. */
export const operatorLinkLifetime: Milliseconds = day

type IssueDependencies = Pick<OnboardUserDependencies, 'emailTokens' | 'secrets' | 'clock'>

/** `null` if no account in use has the email. */
async function issueLink(
  { emailTokens, secrets, clock }: IssueDependencies,
  email: string,
): Promise<ResetLink | null> {
  const token = secrets.code()
  const createdAt = clock.now()
  const expiresAt = createdAt + operatorLinkLifetime
  const link = { purpose: 'reset-password', email, createdAt, expiresAt } as const
  const hash = secrets.hash(token)
  const added = await emailTokens.add({ ...link, hash, verifiesEmail: false })
  return added === null ? null : { token, expiresAt }
}

export function createCreateResetLink(dependencies: OnboardUserDependencies): CreateResetLink {
  const { userDirectory, reportOperatorAction } = dependencies
  return async function createResetLink(reference) {
    const user = await findUser(userDirectory, reference)
    if (user === null) return { status: 'not-found' }
    const link = await issueLink(dependencies, user.email)
    if (link === null) return { status: 'suspended' }
    reportOperatorAction(user, 'reset-link-created', null)
    return { status: 'created', user, link }
  }
}

export function createCreateUser(dependencies: OnboardUserDependencies): CreateUser {
  const { users, secrets, clock, recordSecurityEvent } = dependencies
  return async function createUser(text) {
    const email = parseEmail(text)
    if (email === null) return { status: 'invalid-email' }
    if (!(await users.hasOperator())) return { status: 'no-operator' }
    const user = { ...noCredentials, id: secrets.id(), email, createdAt: clock.now() }
    const added = await users.add({ user, passwordHash: null })
    if (added !== 'added') return { status: added }
    recordSecurityEvent({ userId: user.id, kind: 'account-created', detail: 'by-operator' })
    const link = await issueLink(dependencies, email)
    return link === null ? { status: 'email-unavailable' } : { status: 'created', email, link }
  }
}

const noCredentials = {
  isOperator: false,
  hasPassword: false,
  passwordVersion: 0,
  passwordChangedBySession: null,
  passwordChangedAt: null,
  passwordResets: 0,
  secondFactors: 0,
} as const
