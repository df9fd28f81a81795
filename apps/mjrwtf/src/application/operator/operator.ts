import type { Clock } from 'coatcheck'
import { parseEmail } from '../../domain/email.ts'
import type { Throttled } from '../../domain/results.ts'
import { day, type Instant } from '../../domain/time.ts'
import { isUserId, type SignUpMode, type User, type UserId } from '../../domain/user.ts'
import type { SendMail } from '../ports/email.ts'
import type { YieldToRequests } from '../ports/pace.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { TrustedBrowserRepository } from '../ports/trusted-browser-repository.ts'
import type {
  InviteRepository,
  ListUsersRequest,
  PendingInvite,
  UserDirectory,
  UserRepository,
} from '../ports/user-repository.ts'
import type { UserSessions } from '../ports/user-sessions.ts'
import type { Limits } from '../shared/rate-limits.ts'
import {
  createEndAllUsersSessions,
  createEndUserSessions,
  type EndAllUsersSessions,
  type EndUserSessions,
} from './end-user-sessions.ts'
import { createSummarizeUser, type UserSummary } from './user-summary.ts'

export interface UserList {
  /** Newest account first. */
  readonly users: readonly UserSummary[]
  /** Whether the list continues in the direction of the start. */
  readonly hasMore: boolean
}

export type CreateInviteResult =
  /** The code is secret and only its hash is stored: show it now. */
  | {
      readonly status: 'created'
      readonly code: string
      readonly expiresAt: Instant
      readonly email: string | null
    }
  | { readonly status: 'invalid-email' }
  /** The user is not the operator, or `SIGNUP` is not `invite`. */
  | { readonly status: 'not-allowed' }
  | Throttled

/** Actions of the operator on the accounts of all users. */
export interface Operator {
  /** Lists one page of the users. The caller must check that the requester is the operator. */
  listUsers(request: ListUsersRequest): Promise<UserList>
  /** The user with the id, or `null` if there is none or the account is suspended. */
  findUser(id: UserId): Promise<User | null>
  readonly endUserSessions: EndUserSessions
  readonly endAllUsersSessions: EndAllUsersSessions
  /** Creates the code of an invite, and sends it to the email unless it is empty. It creates one account within 7 days. */
  createInvite(operator: User, email?: string): Promise<CreateInviteResult>
  /** The newest 100 invitations that were not used and have not expired. Empty for other users. */
  listInvites(operator: User): Promise<readonly PendingInvite[]>
  /** From then on it cannot be used. Returns `false` if it was used or has expired. */
  revokeInvite(operator: User, id: string): Promise<boolean>
}

export interface OperatorDependencies {
  readonly userDirectory: UserDirectory
  readonly users: Pick<UserRepository, 'find'>
  readonly invites: Pick<InviteRepository, 'add' | 'listPending' | 'revoke'>
  readonly sendMail: SendMail
  readonly sessions: Pick<UserSessions, 'list' | 'endAllByOperator'>
  readonly trustedBrowsers: Pick<TrustedBrowserRepository, 'endAll'>
  readonly limits: Pick<Limits, 'invite'>
  readonly secrets: Pick<Secrets, 'id' | 'code' | 'hash'>
  readonly yieldToRequests: YieldToRequests
  readonly clock: Clock
  readonly signUpMode: SignUpMode
}

const maxListedInvites = 100

export function createOperator(dependencies: OperatorDependencies): Operator {
  const summarize = createSummarizeUser(dependencies)
  const { userDirectory, invites, sendMail, limits, secrets, clock, signUpMode } = dependencies

  return {
    async listUsers(request) {
      const page = await userDirectory.list(request)
      return { users: await Promise.all(page.users.map(summarize)), hasMore: page.hasMore }
    },
    findUser: async (id) => (isUserId(id) ? dependencies.users.find(id) : null),
    endUserSessions: createEndUserSessions(dependencies),
    endAllUsersSessions: createEndAllUsersSessions(dependencies),
    async listInvites(operator) {
      return operator.isOperator ? invites.listPending(clock.now(), maxListedInvites) : []
    },
    async revokeInvite(operator, id) {
      return operator.isOperator && invites.revoke(id)
    },
    async createInvite(operator, text = '') {
      if (!operator.isOperator || signUpMode !== 'invite') return { status: 'not-allowed' }
      const email = text.trim() === '' ? null : parseEmail(text)
      if (email === null && text.trim() !== '') return { status: 'invalid-email' }
      const throttled = await limits.invite(operator.id)
      if (throttled !== null) return throttled
      const code = secrets.code()
      const createdAt = clock.now()
      const expiresAt = createdAt + 7 * day
      await invites.add({
        id: secrets.id(),
        hash: secrets.hash(code),
        createdBy: operator.id,
        createdAt,
        expiresAt,
        email,
      })
      if (email !== null) sendMail(email, { kind: 'invitation', code, expiresAt })
      return { status: 'created', code, expiresAt, email }
    },
  }
}
