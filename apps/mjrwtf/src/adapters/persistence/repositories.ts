import type { AccountArchive } from '../../application/ports/account-archive.ts'
import type { AccountRepository } from '../../application/ports/account-repository.ts'
import type { AttemptRepository } from '../../application/ports/attempt-repository.ts'
import type { ClickRepository } from '../../application/ports/click-repository.ts'
import type { DraftRepository } from '../../application/ports/draft-repository.ts'
import type { EmailChangeRepository } from '../../application/ports/email-change-repository.ts'
import type { EmailTokenRepository } from '../../application/ports/email-token-repository.ts'
import type { LinkRepository } from '../../application/ports/link-repository.ts'
import type { NotificationRepository } from '../../application/ports/notification-repository.ts'
import type { SecurityEventRepository } from '../../application/ports/security-event-repository.ts'
import type { UserDirectory } from '../../application/ports/user-directory.ts'
import type {
  InviteRepository,
  SetUpCodeRepository,
  UserRepository,
} from '../../application/ports/user-repository.ts'
import { createAccountArchive } from './account-archive.ts'
import { createAccountRepository } from './account-repository.ts'
import { createAttemptRepository } from './attempt-repository.ts'
import { createClickRepository } from './click-repository.ts'
import type { Database } from './database.ts'
import { createDraftRepository } from './draft-repository.ts'
import { createEmailChangeRepository } from './email-change-repository.ts'
import { createEmailTokenRepository } from './email-token-repository.ts'
import { createInviteRepository } from './invite-repository.ts'
import { createLinkRepository } from './link-repository.ts'
import { createNotificationRepository } from './notification-repository.ts'
import { createSecurityEventRepository } from './security-event-repository.ts'
import { createSetUpCodeRepository } from './set-up-code-repository.ts'
import { createUserDirectory } from './user-directory.ts'
import { createUserRepository } from './user-repository.ts'

/** Everything the app itself keeps. */
export interface Repositories {
  readonly accountArchive: AccountArchive
  readonly accounts: AccountRepository
  readonly userDirectory: UserDirectory
  readonly users: UserRepository
  readonly setUpCodes: SetUpCodeRepository
  readonly invites: InviteRepository
  readonly links: LinkRepository
  readonly clicks: ClickRepository
  readonly attempts: AttemptRepository
  readonly securityEvents: SecurityEventRepository
  readonly emailTokens: EmailTokenRepository
  readonly emailChanges: EmailChangeRepository
  readonly drafts: DraftRepository
  readonly notifications: NotificationRepository
}

export function createRepositories(database: Database): Repositories {
  return {
    accountArchive: createAccountArchive(database),
    accounts: createAccountRepository(database),
    userDirectory: createUserDirectory(database),
    users: createUserRepository(database),
    setUpCodes: createSetUpCodeRepository(database),
    invites: createInviteRepository(database),
    links: createLinkRepository(database),
    clicks: createClickRepository(database),
    attempts: createAttemptRepository(database),
    securityEvents: createSecurityEventRepository(database),
    emailTokens: createEmailTokenRepository(database),
    emailChanges: createEmailChangeRepository(database),
    drafts: createDraftRepository(database),
    notifications: createNotificationRepository(database),
  }
}
