import type { Clock } from 'coatcheck'
import type { Repositories } from '../adapters/persistence/persistence.ts'
import { type Accounts, createAccounts } from '../application/accounts/accounts.ts'
import type { RemoveAccountData } from '../application/accounts/remove-account-data.ts'
import {
  createDetectAnomalies,
  type DetectAnomalies,
} from '../application/anomalies/detect-anomalies.ts'
import { type Audit, createAudit } from '../application/audit/audit.ts'
import {
  type Authenticators,
  createAuthenticators,
} from '../application/authenticators/authenticators.ts'
import { createShortDomains, type ShortDomains } from '../application/domains/short-domains.ts'
import { createDrafts, type Drafts } from '../application/drafts/drafts.ts'
import { createCheckEmailToken } from '../application/email/check-email-token.ts'
import { createEmailAddresses, type EmailAddresses } from '../application/email/email.ts'
import {
  createNotificationLimit,
  type NotificationLimit,
} from '../application/email/notification-limit.ts'
import { createGetEmailStatus } from '../application/email/verification.ts'
import {
  type AcceptLogoutToken,
  createAcceptLogoutToken,
} from '../application/identities/accept-logout-token.ts'
import {
  createIdentityConfirmations,
  type IdentityConfirmations,
} from '../application/identities/confirm-identity.ts'
import { createEndProviderSessions } from '../application/identities/end-provider-sessions.ts'
import { createIdentities, type Identities } from '../application/identities/identities.ts'
import {
  createProviderVisits,
  type ProviderVisits,
} from '../application/identities/provider-visits.ts'
import { type ChangeLinks, createChangeLinks } from '../application/links/change-links.ts'
import { type AddVisits, createAddVisits } from '../application/links/count-visitors.ts'
import { createLinks, type Links } from '../application/links/links.ts'
import { createUnknownCodes, type UnknownCodes } from '../application/links/unknown-codes.ts'
import { type ConnectedApps, createConnectedApps } from '../application/oauth/connected-apps.ts'
import { createIsConsentValid } from '../application/oauth/consent-validity.ts'
import {
  createDeviceAuthorizations,
  type DeviceAuthorizations,
} from '../application/oauth/device-authorizations.ts'
import {
  createExchangeDeviceCode,
  deviceCodeGrantType,
} from '../application/oauth/exchange-device-code.ts'
import { createOAuth, type OAuth } from '../application/oauth/oauth.ts'
import { createReportConnectedApp } from '../application/oauth/report-connected-app.ts'
import {
  type Administration,
  createAdministration,
} from '../application/operator/administration.ts'
import { type Blocklist, createBlocklist } from '../application/operator/blocklist.ts'
import { createManageLinks, type ManageLinks } from '../application/operator/manage-links.ts'
import { createOperator, type Operator } from '../application/operator/operator.ts'
import { createLinkReports, type LinkReports } from '../application/operator/report-link.ts'
import { createShellOperator, type ShellOperator } from '../application/operator/shell-operator.ts'
import type { AddressThrottle } from '../application/passkeys/dependencies.ts'
import { createPasskeys, type Passkeys } from '../application/passkeys/passkeys.ts'
import { createPasswords, type Passwords } from '../application/passwords/passwords.ts'
import {
  createValidateNewPassword,
  type NewPasswordRules,
} from '../application/passwords/validate-new-password.ts'
import type { TokenUseSink } from '../application/personal-tokens/dependencies.ts'
import {
  createPersonalTokens,
  type PersonalTokens,
} from '../application/personal-tokens/personal-tokens.ts'
import { createPhoneFeature, type PhoneFeature } from '../application/phone/phone.ts'
import type { BlocklistFile } from '../application/ports/blocked-domain-repository.ts'
import type { ChainContext, ChainSigner } from '../application/ports/chain-keys.ts'
import type { ClickSink } from '../application/ports/click-repository.ts'
import type {
  BotDetector,
  DeviceDetector,
  GeoLocator,
} from '../application/ports/client-detection.ts'
import type { ConnectedGrants } from '../application/ports/connected-grants.ts'
import type { EmailRequestSink, SendMail } from '../application/ports/email.ts'
import type { Cipher } from '../application/ports/encryption.ts'
import type { UserGrants } from '../application/ports/grants.ts'
import type { Log } from '../application/ports/log.ts'
import type { YieldToRequests } from '../application/ports/pace.ts'
import type { BreachedPasswords, PasswordHasher } from '../application/ports/passwords.ts'
import type { SignInProviders, VerifyLogoutToken } from '../application/ports/providers.ts'
import type { Recount } from '../application/ports/recount.ts'
import type { CodeHasher, Secrets, Signer } from '../application/ports/secrets.ts'
import type { SendTextMessage } from '../application/ports/sms.ts'
import type { RateLimiter } from '../application/ports/throttling.ts'
import type { UnknownCodeSink } from '../application/ports/unknown-code-repository.ts'
import type {
  FindSessionCredentials,
  PendingSignIns,
  StaleSessions,
  StepUp,
  UserSessions,
} from '../application/ports/user-sessions.ts'
import type { VisitSink } from '../application/ports/visitor-repository.ts'
import type { WebAuthn } from '../application/ports/webauthn.ts'
import {
  createUserPreferences,
  type UserPreferences,
} from '../application/preferences/preferences.ts'
import { createPurge, type Purge } from '../application/purge.ts'
import {
  createRecoveryCodes,
  type RecoveryCodes,
} from '../application/recovery-codes/recovery-codes.ts'
import type { CodeChecks } from '../application/second-factors/check-factor.ts'
import { createReportFactorChange } from '../application/second-factors/factor-changes.ts'
import {
  createFactorRemovals,
  type FactorRemovals,
} from '../application/second-factors/factor-removals.ts'
import {
  createManageFactors,
  type ManageFactors,
} from '../application/second-factors/manage-factors.ts'
import {
  createRemoveFactorsNow,
  type RemoveFactorsNow,
} from '../application/second-factors/remove-factors-now.ts'
import type { SecurityLog } from '../application/security-log/security-log.ts'
import {
  createGetSecurityOverview,
  type GetSecurityOverview,
} from '../application/security-overview/security-overview.ts'
import { createOwnSessions, type OwnSessions } from '../application/sessions/own-sessions.ts'
import type { BatchRunner } from '../application/shared/batch-runner.ts'
import {
  createDescribeClient,
  type DescribeLocation,
} from '../application/shared/describe-client.ts'
import type { Limits } from '../application/shared/rate-limits.ts'
import {
  createSharedTokens,
  type SharedTokenOptions,
  type SharedTokens,
} from '../application/shared-tokens/shared-tokens.ts'
import { createThrottle, type Throttle } from '../application/sign-in/attempt-throttle.ts'
import { createVerifyPassword } from '../application/sign-in/authenticate.ts'
import { createSignIn, type SignIn } from '../application/sign-in/sign-in.ts'
import { createTransfer, type Transfer } from '../application/transfer/transfer.ts'
import type { DestinationRules } from '../domain/destination.ts'
import type { SecondFactorPolicy } from '../domain/second-factor-policy.ts'
import type { SharedTokenUse } from '../domain/shared-token.ts'
import type { SignUpMode } from '../domain/user.ts'

/** Everything that the app can do, by feature. Each function rejects with `RepositoryError` if the database fails. */
export interface Features {
  readonly accounts: Accounts
  readonly audit: Audit
  readonly signIn: SignIn
  readonly passwords: Passwords
  readonly passkeys: Passkeys
  readonly identities: Identities
  readonly identityConfirmations: IdentityConfirmations
  readonly email: EmailAddresses
  readonly ownSessions: OwnSessions
  readonly securityLog: SecurityLog
  readonly links: Links
  readonly changeLinks: ChangeLinks
  readonly domains: ShortDomains
  readonly transfer: Transfer
  readonly drafts: Drafts
  readonly operator: Operator
  readonly administration: Administration
  readonly manageLinks: ManageLinks
  readonly linkReports: LinkReports
  readonly blocklist: Blocklist
  readonly shellOperator: ShellOperator
  readonly oauth: OAuth
  readonly deviceAuthorizations: DeviceAuthorizations
  readonly connectedApps: ConnectedApps
  readonly authenticators: Authenticators
  readonly recoveryCodes: RecoveryCodes
  readonly phone: PhoneFeature
  readonly preferences: UserPreferences
  readonly providerVisits: ProviderVisits
  readonly personalTokens: PersonalTokens
  readonly factorRemovals: FactorRemovals
  readonly manageFactors: ManageFactors
  readonly getSecurityOverview: GetSecurityOverview
  readonly sharedTokens: SharedTokens
  readonly acceptLogoutToken: AcceptLogoutToken
  readonly limits: Limits
  readonly detectAnomalies: DetectAnomalies
  readonly purge: Purge
  /** For commands of the operator only. */
  readonly removeFactorsNow: RemoveFactorsNow
  readonly recount: Recount
  readonly addVisits: AddVisits
  readonly unknownCodes: UnknownCodes
}

/** The ports, and the features that the library's sessions need before the others exist. */
export interface FeaturePorts extends Repositories {
  readonly sharedTokenOptions: SharedTokenOptions
  readonly addSharedTokenUse: (use: SharedTokenUse) => void
  readonly webAuthn: WebAuthn
  readonly providers: SignInProviders & { readonly verifyLogoutToken: VerifyLogoutToken }
  readonly rateLimiter: RateLimiter
  readonly sessions: UserSessions
  readonly staleSessions: StaleSessions
  readonly stepUp: StepUp
  readonly pendingSignIns: PendingSignIns
  readonly findSessionCredentials: FindSessionCredentials
  readonly grants: UserGrants
  readonly connectedGrants: ConnectedGrants
  readonly passwordHasher: PasswordHasher
  readonly breachedPasswords: BreachedPasswords
  readonly signer: Signer
  readonly codeHasher: CodeHasher
  /** `null` if no gateway is configured. */
  readonly sendTextMessage: SendTextMessage | null
  readonly secrets: Secrets
  readonly clock: Clock
  readonly detectDevice: DeviceDetector
  readonly botName: BotDetector
  readonly locateIp: GeoLocator
  readonly sendMail: SendMail
  /** Whether emails reach users. */
  readonly isEmailEnabled: boolean
  readonly clickSink: ClickSink
  readonly addVisit: VisitSink
  readonly addUnknownCode: UnknownCodeSink
  readonly requestEmail: EmailRequestSink
  readonly addTokenUse: TokenUseSink
  /** Writes pending security events. Rejects if the database fails. */
  readonly flushSecurityEvents: () => Promise<void>
  readonly chainKeys: ChainSigner
  readonly chainContext: () => ChainContext
  readonly removeAccountData: RemoveAccountData
  readonly batchRunner: BatchRunner
  readonly blocklistFile: BlocklistFile | null
  readonly yieldToRequests: YieldToRequests
  readonly securityLog: SecurityLog
  readonly limits: Limits
  readonly describeLocation: DescribeLocation
  readonly passwordRules: NewPasswordRules
  readonly signUpMode: SignUpMode
  readonly secondFactorPolicy: SecondFactorPolicy
  /** Of the keys of authenticators. */
  readonly cipher: Cipher
  /** Origins of this app. */
  readonly ownOrigins: readonly string[]
  readonly destinationRules: DestinationRules
  /** Host of the base URL. */
  readonly siteHost: string
  readonly log: Log
}

type OperatorPorts = FeaturePorts &
  Parameters<typeof createShellOperator>[0] &
  Pick<Features, 'domains'>

/** What administrators and the operator do, and what visitors report to them. */
function createOperatorFeatures(ports: OperatorPorts, deleteAccount: Accounts['delete']) {
  const shellOperator = createShellOperator(ports)
  const isShortDomain = (host: string) => ports.domains.find(host) !== null
  return {
    operator: createOperator(ports),
    administration: createAdministration({ ...ports, deleteAccount }),
    manageLinks: createManageLinks({ ...ports, ...shellOperator, isShortDomain }),
    linkReports: createLinkReports(ports),
    shellOperator,
  }
}

export function createFeatures(ports: FeaturePorts): Features {
  const { securityLog, limits } = ports
  const recordSecurityEvent = securityLog.record
  const describeClient = createDescribeClient(ports)
  const throttle = createThrottle(ports)
  const verifyPassword = createVerifyPassword({ ...ports, throttle })
  const validateNewPassword = createValidateNewPassword(ports)
  const getEmailStatus = createGetEmailStatus(ports)
  const checkEmailToken = createCheckEmailToken(ports)
  const notificationLimit = createNotificationLimit({ getEmailStatus, limits })
  const notifying = { ...ports, notificationLimit, describeClient, recordSecurityEvent }
  const reportFactorChange = createReportFactorChange(notifying)
  const shared = { ...notifying, throttle, validateNewPassword, reportFactorChange }
  const manageFactors = createManageFactors(shared)
  const authenticators = createAuthenticators(shared)
  const addressThrottle = createAddressThrottle(throttle)
  const passkeys = createPasskeys({ ...shared, addressThrottle })
  const recoveryCodes = createRecoveryCodes({ ...ports, reportFactorChange })
  const phone = createPhoneFeature({ ...shared, manageFactors })
  const codeChecks: CodeChecks = {
    authenticator: authenticators.checkCode,
    'recovery-code': recoveryCodes.checkCode,
    ...(phone.isEnabled && { phone: phone.checkCode }),
  }
  const connectedApps = createConnectedApps(ports)
  const linkFeatures = createLinkFeatures(ports)
  const listConnectedApps = connectedApps.list
  const accounts = createAccounts({ ...shared, getEmailStatus, listConnectedApps })
  const { maySignUp, findSessionUser } = accounts
  const reportConnectedApp = createReportConnectedApp(notifying)
  const otherGrantTypes = new Map([
    [deviceCodeGrantType, createExchangeDeviceCode({ ...ports, reportConnectedApp })],
  ])
  const isConsentValid = createIsConsentValid({ ...ports, findSessionUser })
  return {
    accounts,
    audit: createAudit(ports),
    identities: createIdentities({ ...shared, maySignUp }),
    identityConfirmations: createIdentityConfirmations(ports),
    signIn: createSignIn({ ...shared, codeChecks }),
    passwords: createPasswords({ ...shared, verifyPassword, checkEmailToken }),
    passkeys,
    email: createEmailAddresses(notifying),
    ownSessions: createOwnSessions(ports),
    securityLog,
    ...linkFeatures,
    changeLinks: createChangeLinks(ports),
    drafts: createDrafts(ports),
    ...createOperatorFeatures({ ...notifying, domains: linkFeatures.domains }, accounts.delete),
    oauth: createOAuth({ ...ports, isConsentValid, reportConnectedApp }, otherGrantTypes),
    deviceAuthorizations: createDeviceAuthorizations(ports),
    connectedApps,
    authenticators,
    recoveryCodes,
    manageFactors,
    phone,
    preferences: createUserPreferences(ports),
    providerVisits: createProviderVisits(ports),
    personalTokens: createPersonalTokens(notifying),
    getSecurityOverview: createGetSecurityOverview({ ...ports, getEmailStatus }),
    factorRemovals: createFactorRemovals({ ...shared, getEmailStatus }),
    acceptLogoutToken: createAcceptLogoutToken({
      ...ports,
      verifyLogoutToken: ports.providers.verifyLogoutToken,
      endProviderSessions: createEndProviderSessions(ports),
    }),
    sharedTokens: createSharedTokens({ ...ports, options: ports.sharedTokenOptions }),
    limits,
    detectAnomalies: createDetectAnomalies(shared),
    purge: createPurge(ports),
    removeFactorsNow: createRemoveFactorsNow({
      ...ports,
      // No one but the operator causes this email.
      reportFactorChange: createReportFactorChange({ ...notifying, notificationLimit: noLimit }),
    }),
    ...createCountFeatures(ports),
  }
}

function createCountFeatures(ports: FeaturePorts) {
  return {
    recount: ports.recount,
    addVisits: createAddVisits(ports),
    unknownCodes: createUnknownCodes(ports),
  }
}

function createLinkFeatures(ports: FeaturePorts) {
  const blocklist = createBlocklist(ports)
  const domains = createShortDomains(ports)
  const checked = { ...ports, domains, isBlocked: blocklist.isBlocked }
  return { links: createLinks(checked), transfer: createTransfer(checked), domains, blocklist }
}

const noLimit: NotificationLimit = {
  budgetFor: async () => ({ counterKey: '' }),
  allows: async () => true,
}

/** Sign-ins without an email count together with those of passwords. */
function createAddressThrottle(throttle: Throttle): AddressThrottle {
  return {
    reserve: (ipAddress) => throttle.reserve(throttle.ipAddress(ipAddress)),
    refund: (ipAddress) => throttle.refund(throttle.ipAddress(ipAddress)),
  }
}
