import type { AccountArchive } from '../../application/ports/account-archive.ts'
import type { AccountRepository } from '../../application/ports/account-repository.ts'
import type { AddressRepository } from '../../application/ports/address-repository.ts'
import type { AttemptRepository } from '../../application/ports/attempt-repository.ts'
import type { ClickRepository } from '../../application/ports/click-repository.ts'
import type { DraftRepository } from '../../application/ports/draft-repository.ts'
import type { LinkRepository } from '../../application/ports/link-repository.ts'
import type { MailedTokenRepository } from '../../application/ports/mailed-token-repository.ts'
import type { NoticeRepository } from '../../application/ports/notice-repository.ts'
import type { PeopleRepository } from '../../application/ports/people-repository.ts'
import type { SecurityEventRepository } from '../../application/ports/security-event-repository.ts'
import type {
  InviteRepository,
  SetUpCodeRepository,
  UserRepository,
} from '../../application/ports/user-repository.ts'
import { createAccountArchive } from './account-archive.ts'
import { createAccountRepository } from './account-repository.ts'
import { createAddressRepository } from './address-repository.ts'
import { createAttemptRepository } from './attempt-repository.ts'
import { createClickRepository } from './click-repository.ts'
import type { Database } from './database.ts'
import { createDraftRepository } from './draft-repository.ts'
import { createInviteRepository } from './invite-repository.ts'
import { createLinkRepository } from './link-repository.ts'
import { createMailedTokenRepository } from './mailed-token-repository.ts'
import { createNoticeRepository } from './notice-repository.ts'
import { createPeopleRepository } from './people-repository.ts'
import { createSecurityEventRepository } from './security-event-repository.ts'
import { createSetUpCodeRepository } from './set-up-code-repository.ts'
import { createUserRepository } from './user-repository.ts'

/** Everything the app itself keeps. */
export interface Repositories {
  readonly accountArchive: AccountArchive
  readonly accounts: AccountRepository
  readonly people: PeopleRepository
  readonly users: UserRepository
  readonly setUpCodes: SetUpCodeRepository
  readonly invites: InviteRepository
  readonly links: LinkRepository
  readonly clicks: ClickRepository
  readonly attempts: AttemptRepository
  readonly securityEvents: SecurityEventRepository
  readonly mailedTokens: MailedTokenRepository
  readonly addresses: AddressRepository
  readonly drafts: DraftRepository
  readonly notices: NoticeRepository
}

export function createRepositories(database: Database): Repositories {
  return {
    accountArchive: createAccountArchive(database),
    accounts: createAccountRepository(database),
    people: createPeopleRepository(database),
    users: createUserRepository(database),
    setUpCodes: createSetUpCodeRepository(database),
    invites: createInviteRepository(database),
    links: createLinkRepository(database),
    clicks: createClickRepository(database),
    attempts: createAttemptRepository(database),
    securityEvents: createSecurityEventRepository(database),
    mailedTokens: createMailedTokenRepository(database),
    addresses: createAddressRepository(database),
    drafts: createDraftRepository(database),
    notices: createNoticeRepository(database),
  }
}
