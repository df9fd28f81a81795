import type { RevocationChannel, SessionStore } from 'coatcheck'
import type { GrantStore } from 'coatcheck/grants'
import type {
  AccountArchive,
  AccountRepository,
} from '../../application/ports/account-repository.ts'
import type { AuditTrail } from '../../application/ports/audit-trail.ts'
import type { AuthenticatorRepository } from '../../application/ports/authenticator-repository.ts'
import type { AuthorizationCodeRepository } from '../../application/ports/authorization-code-repository.ts'
import type { BlockedDomainRepository } from '../../application/ports/blocked-domain-repository.ts'
import type { ClickRepository } from '../../application/ports/click-repository.ts'
import type { ClientRepository } from '../../application/ports/client-repository.ts'
import type { DeviceAuthorizationRepository } from '../../application/ports/device-authorization-repository.ts'
import type { DraftRepository } from '../../application/ports/draft-repository.ts'
import type { EmailChangeRepository } from '../../application/ports/email-change-repository.ts'
import type { EmailTokenRepository } from '../../application/ports/email-token-repository.ts'
import type { FactorRemovalRepository } from '../../application/ports/factor-removal-repository.ts'
import type { FactorRepository } from '../../application/ports/factor-repository.ts'
import type {
  IdentityRepository,
  ProviderSessionRepository,
} from '../../application/ports/identity-repository.ts'
import type { ImportRepository } from '../../application/ports/import-repository.ts'
import type { LinkChangeRepository } from '../../application/ports/link-change-repository.ts'
import type { LinkLists } from '../../application/ports/link-list.ts'
import type { LinkReportRepository } from '../../application/ports/link-report-repository.ts'
import type { LinkRepository } from '../../application/ports/link-repository.ts'
import type { NotificationRepository } from '../../application/ports/notification-repository.ts'
import type { OperatorRoleRepository } from '../../application/ports/operator-role-repository.ts'
import type { PasskeyRepository } from '../../application/ports/passkey-repository.ts'
import type { PersonalTokenRepository } from '../../application/ports/personal-token-repository.ts'
import type {
  PhoneRepository,
  SmsCodeRepository,
} from '../../application/ports/phone-repository.ts'
import type { PreferencesRepository } from '../../application/ports/preferences-repository.ts'
import type { ProviderLogoutRepository } from '../../application/ports/provider-logout-repository.ts'
import type { Recount } from '../../application/ports/recount.ts'
import type { RecoveryCodeRepository } from '../../application/ports/recovery-code-repository.ts'
import type { SecurityEventRepository } from '../../application/ports/security-event-repository.ts'
import type { SharedTokenRepository } from '../../application/ports/shared-token-repository.ts'
import type { ShortDomainRepository } from '../../application/ports/short-domain-repository.ts'
import type { StateRepository } from '../../application/ports/state-repository.ts'
import type { SuspensionRepository } from '../../application/ports/suspension-repository.ts'
import type { TakeDownRepository } from '../../application/ports/take-down-repository.ts'
import type { AttemptRepository, RateLimiter } from '../../application/ports/throttling.ts'
import type { TrustedBrowserRepository } from '../../application/ports/trusted-browser-repository.ts'
import type { UnknownCodeRepository } from '../../application/ports/unknown-code-repository.ts'
import type {
  InviteRepository,
  SetUpCodeRepository,
  UserDirectory,
  UserRepository,
} from '../../application/ports/user-repository.ts'
import type { VisitorRepository } from '../../application/ports/visitor-repository.ts'
import { createAccountArchive } from './account-archive.ts'
import { createAccountRepository } from './account-repository.ts'
import { createAttemptRepository } from './attempt-repository.ts'
import { createAuditTrail } from './audit-trail.ts'
import { createAuthenticatorRepository } from './authenticator-repository.ts'
import { createAuthorizationCodeRepository } from './authorization-code-repository.ts'
import { createBlockedDomainRepository } from './blocked-domain-repository.ts'
import { createChangeChain } from './chain-transaction.ts'
import { createClickRepository } from './click-repository.ts'
import { createClientRepository } from './client-repository.ts'
import type { Database } from './database.ts'
import { createDeviceAuthorizationRepository } from './device-authorization-repository.ts'
import { createDraftRepository } from './draft-repository.ts'
import { createEmailChangeRepository } from './email-change-repository.ts'
import { createEmailTokenRepository } from './email-token-repository.ts'
import { createEraseSecurityEvents } from './erase-security-events.ts'
import { createFactorRemovalRepository } from './factor-removal-repository.ts'
import { createFactorRepository } from './factor-repository.ts'
import { createIdentityRepository } from './identity-repository.ts'
import { createImportRepository } from './import-repository.ts'
import { createLinkChangeRepository } from './link-change-repository.ts'
import { createLinkReportRepository } from './link-report-repository.ts'
import { createLinkRepository } from './link-repository.ts'
import { createNotificationRepository } from './notification-repository.ts'
import { createOperatorRoleRepository } from './operator-role-repository.ts'
import { createPasskeyRepository } from './passkey-repository.ts'
import { createPersonalTokenRepository } from './personal-token-repository.ts'
import { createPhoneRepository } from './phone-repository.ts'
import { createPreferencesRepository } from './preferences-repository.ts'
import { createProviderLogoutRepository } from './provider-logout-repository.ts'
import { createProviderSessionRepository } from './provider-session-repository.ts'
import { createRecount } from './recount.ts'
import { createRecoveryCodeRepository } from './recovery-code-repository.ts'
import { createSecurityEventRepository } from './security-event-repository.ts'
import { createSharedTokenRepository } from './shared-token-repository.ts'
import { createShortDomainRepository } from './short-domain-repository.ts'
import { createSmsCodeRepository } from './sms-code-repository.ts'
import { createStateRepository } from './state-repository.ts'
import { createSuspensionRepository } from './suspension-repository.ts'
import { createTakeDownRepository } from './take-down-repository.ts'
import { createTrustedBrowserRepository } from './trusted-browser-repository.ts'
import { createUnknownCodeRepository } from './unknown-code-repository.ts'
import { createUserDirectory } from './user-directory.ts'
import {
  createInviteRepository,
  createSetUpCodeRepository,
  createUserRepository,
} from './user-repository.ts'
import { createVisitorRepository } from './visitor-repository.ts'

/** Everything that is stored in one database. */
export interface Persistence extends Repositories {
  readonly rateLimiter: RateLimiter
  readonly sessionStore: SessionStore
  readonly grantStore: GrantStore
  /** Reports changes to sessions and grants, including those made by other processes. */
  readonly revocationChannel: RevocationChannel
  /** Whether the database responds within `timeout` milliseconds. Never rejects. */
  ping(timeout: number): Promise<boolean>
  /** The clock of the database server. Missing for a database without one. Rejects if the server fails. */
  readonly currentTime?: SessionStore['currentTime']
  /** Whether the database accepts a write. Never rejects. */
  canWrite(): Promise<boolean>
  /** The connection pools of PostgreSQL; none on SQLite. */
  connections(): readonly ConnectionState[]
  /** Closes all connections. First stop what writes: the queues and the sessions. */
  close(): Promise<void>
}

/** A pool of connections. */
export interface ConnectionState {
  readonly pool: string
  readonly open: number
  readonly idle: number
  /** Statements that wait for a connection. */
  readonly waiting: number
}

export type DatabaseLocation =
  /** `file` may be relative to the working directory. */
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string }

/** The app's own tables. */
export interface Repositories {
  readonly accountArchive: AccountArchive
  readonly accounts: AccountRepository
  readonly auditTrail: AuditTrail
  readonly userDirectory: UserDirectory
  readonly suspensions: SuspensionRepository
  readonly operatorRole: OperatorRoleRepository
  readonly takeDowns: TakeDownRepository
  readonly blockedDomains: BlockedDomainRepository
  readonly linkReports: LinkReportRepository
  readonly users: UserRepository
  readonly setUpCodes: SetUpCodeRepository
  readonly invites: InviteRepository
  readonly authenticators: AuthenticatorRepository
  readonly links: LinkRepository & LinkLists
  readonly linkChanges: LinkChangeRepository
  readonly clicks: ClickRepository
  readonly visitors: VisitorRepository
  readonly unknownCodes: UnknownCodeRepository
  readonly imports: ImportRepository
  readonly recount: Recount
  readonly attempts: AttemptRepository
  readonly securityEvents: SecurityEventRepository
  readonly emailTokens: EmailTokenRepository
  readonly emailChanges: EmailChangeRepository
  readonly drafts: DraftRepository
  readonly notifications: NotificationRepository
  readonly phones: PhoneRepository
  readonly smsCodes: SmsCodeRepository
  readonly states: StateRepository
  readonly factors: FactorRepository
  readonly factorRemovals: FactorRemovalRepository
  readonly passkeys: PasskeyRepository
  readonly personalTokens: PersonalTokenRepository
  readonly recoveryCodes: RecoveryCodeRepository
  readonly providerLogouts: ProviderLogoutRepository
  readonly sharedTokens: SharedTokenRepository
  readonly trustedBrowsers: TrustedBrowserRepository
  readonly identities: IdentityRepository
  readonly providerSessions: ProviderSessionRepository
  readonly deviceAuthorizations: DeviceAuthorizationRepository
  readonly clients: ClientRepository
  readonly authorizationCodes: AuthorizationCodeRepository
  readonly preferences: PreferencesRepository
  readonly shortDomains: ShortDomainRepository
}

export function createRepositories(database: Database): Repositories {
  const changeChain = createChangeChain(database)
  const eraseSecurityEvents = createEraseSecurityEvents(database, changeChain)
  return {
    accountArchive: createAccountArchive(database),
    accounts: createAccountRepository(database, eraseSecurityEvents),
    auditTrail: createAuditTrail(database),
    userDirectory: createUserDirectory(database),
    suspensions: createSuspensionRepository(database),
    operatorRole: createOperatorRoleRepository(database),
    takeDowns: createTakeDownRepository(database),
    blockedDomains: createBlockedDomainRepository(database),
    linkReports: createLinkReportRepository(database),
    users: createUserRepository(database),
    setUpCodes: createSetUpCodeRepository(database),
    invites: createInviteRepository(database),
    authenticators: createAuthenticatorRepository(database),
    links: createLinkRepository(database),
    linkChanges: createLinkChangeRepository(database),
    clicks: createClickRepository(database),
    visitors: createVisitorRepository(database),
    unknownCodes: createUnknownCodeRepository(database),
    imports: createImportRepository(database),
    recount: createRecount(database),
    attempts: createAttemptRepository(database),
    securityEvents: createSecurityEventRepository(database, {
      changeChain,
      eraseSecurityEvents,
    }),
    emailTokens: createEmailTokenRepository(database),
    emailChanges: createEmailChangeRepository(database),
    drafts: createDraftRepository(database),
    preferences: createPreferencesRepository(database),
    notifications: createNotificationRepository(database),
    phones: createPhoneRepository(database),
    smsCodes: createSmsCodeRepository(database),
    states: createStateRepository(database),
    factors: createFactorRepository(database),
    factorRemovals: createFactorRemovalRepository(database),
    passkeys: createPasskeyRepository(database),
    personalTokens: createPersonalTokenRepository(database),
    recoveryCodes: createRecoveryCodeRepository(database),
    providerLogouts: createProviderLogoutRepository(database),
    sharedTokens: createSharedTokenRepository(database),
    trustedBrowsers: createTrustedBrowserRepository(database),
    identities: createIdentityRepository(database),
    providerSessions: createProviderSessionRepository(database),
    deviceAuthorizations: createDeviceAuthorizationRepository(database),
    clients: createClientRepository(database),
    authorizationCodes: createAuthorizationCodeRepository(database),
    shortDomains: createShortDomainRepository(database),
  }
}
