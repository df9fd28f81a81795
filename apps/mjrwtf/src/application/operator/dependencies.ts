import type { Clock } from 'coatcheck'
import type { SignUpMode } from '../../domain/user.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { InviteRepository, UserDirectory, UserRepository } from '../ports/user-repository.ts'
import type { UserSessions } from '../ports/user-sessions.ts'
import type { Limits } from '../shared/rate-limits.ts'

export interface OperatorDependencies {
  readonly userDirectory: UserDirectory
  readonly users: Pick<UserRepository, 'find'>
  readonly invites: Pick<InviteRepository, 'add'>
  readonly sessions: Pick<UserSessions, 'list' | 'endAllByOperator'>
  readonly limits: Pick<Limits, 'invite'>
  readonly secrets: Pick<Secrets, 'id' | 'code' | 'hash'>
  readonly clock: Clock
  readonly signUpMode: SignUpMode
}
