import { type CreateInvite, createCreateInvite } from './accounts/create-invite.ts'
import {
  createDeleteAccount,
  createIsDeletionBlocked,
  type DeleteAccount,
  type IsDeletionBlocked,
} from './accounts/delete-account.ts'
import { createExportAccount, type ExportAccount } from './accounts/export-account.ts'
import {
  createFindOperator,
  createFindUser,
  type FindOperator,
  type FindUser,
} from './accounts/find-user.ts'
import { createIssueSetUpCode, type IssueSetUpCode } from './accounts/issue-set-up-code.ts'
import { createListUsers, type ListUsers } from './accounts/list-users.ts'
import { createNeedsSetUp, type NeedsSetUp } from './accounts/needs-set-up.ts'
import { createSetUpFirstAccount, type SetUpFirstAccount } from './accounts/set-up-first-account.ts'
import {
  createMaySignUp,
  createSignUp,
  type MaySignUp,
  type SignUp,
  type SignUpMode,
} from './accounts/sign-up.ts'
import { createDetectAnomalies, type DetectAnomalies } from './anomalies/detect-anomalies.ts'
import {
  createDiscardDraft,
  createFindDraft,
  type DiscardDraft,
  type FindDraft,
} from './drafts/find-draft.ts'
import { createFormOwnerTokens, type FormOwnerTokens } from './drafts/form-owner-token.ts'
import { createSaveDraft, type SaveDraft } from './drafts/save-draft.ts'
import { type CancelEmailChange, createCancelEmailChange } from './email/cancel-email-change.ts'
import { createCheckEmailToken } from './email/check-email-token.ts'
import {
  createFindEmailLink,
  createFollowEmailLink,
  type FindEmailLink,
  type FollowEmailLink,
} from './email/follow-email-link.ts'
import { createGetEmailStatus, type GetEmailStatus } from './email/get-email-status.ts'
import { createNotificationLimit } from './email/notification-limit.ts'
import { createRequestEmailChange, type RequestEmailChange } from './email/request-email-change.ts'
import {
  createRequestVerification,
  type RequestVerification,
} from './email/request-verification.ts'
import {
  createSendRequestedEmails,
  type SendRequestedEmails,
} from './email/send-requested-emails.ts'
import { type AnalyzeLink, createAnalyzeLink } from './links/analyze-link.ts'
import { createEditLink, type EditLink } from './links/edit-link.ts'
import { createFindOwnLink, type FindOwnLink } from './links/find-own-link.ts'
import { createFollowLink, type FollowLink } from './links/follow-link.ts'
import {
  type CountLinks,
  createCountLinks,
  createListLinks,
  type ListLinks,
} from './links/list-links.ts'
import { createRecordClick, type RecordClick } from './links/record-click.ts'
import { createRemoveLink, type RemoveLink } from './links/remove-link.ts'
import { createReportClicks, type ReportClicks } from './links/report-clicks.ts'
import { createShortenLink, type ShortenLink } from './links/shorten-link.ts'
import { type ChangePassword, createChangePassword } from './passwords/change-password.ts'
import {
  createRequestPasswordReset,
  type RequestPasswordReset,
} from './passwords/request-password-reset.ts'
import {
  type CheckResetToken,
  createCheckResetToken,
  createResetPassword,
  type ResetPassword,
} from './passwords/reset-password.ts'
import {
  createValidateNewPassword,
  type NewPasswordRules,
} from './passwords/validate-new-password.ts'
import type { AccountArchive } from './ports/account-archive.ts'
import type { AccountRepository } from './ports/account-repository.ts'
import type { AttemptRepository } from './ports/attempt-repository.ts'
import type { BreachedPasswords } from './ports/breached-passwords.ts'
import type { BotDetector, ClickRepository, ClickSink } from './ports/click-repository.ts'
import type { Clock } from './ports/clock.ts'
import type { DraftRepository } from './ports/draft-repository.ts'
import type { EmailChangeRepository } from './ports/email-change-repository.ts'
import type { EmailRequestSink } from './ports/email-requests.ts'
import type { EmailTokenRepository } from './ports/email-token-repository.ts'
import type { GeoLocator } from './ports/geo-locator.ts'
import type { LinkRepository } from './ports/link-repository.ts'
import type { NotificationRepository } from './ports/notification-repository.ts'
import type { PasswordHasher } from './ports/password-hasher.ts'
import type { RateLimiter } from './ports/rate-limiter.ts'
import type { Secrets } from './ports/secrets.ts'
import type { SecurityEventRepository } from './ports/security-event-repository.ts'
import type { SendMail } from './ports/send-mail.ts'
import type { Signer } from './ports/signer.ts'
import type { StaleSessions } from './ports/stale-sessions.ts'
import type { StepUp } from './ports/step-up.ts'
import type { UserDirectory } from './ports/user-directory.ts'
import type {
  InviteRepository,
  SetUpCodeRepository,
  UserRepository,
} from './ports/user-repository.ts'
import type { DeviceDetector, UserSessions } from './ports/user-sessions.ts'
import { createPurge, type Purge } from './purge.ts'
import {
  createExportSecurityEvents,
  createListSecurityEvents,
  type ExportSecurityEvents,
  type ListSecurityEvents,
} from './security-log/list-security-events.ts'
import type { RecordSecurityEvent } from './security-log/record-security-event.ts'
import { createEndSession, type EndSession } from './sessions/end-session.ts'
import { createEndSessions, type EndSessions } from './sessions/end-sessions.ts'
import { createListSessions, type ListSessions } from './sessions/list-sessions.ts'
import {
  createEndAllUsersSessions,
  createEndUserSessions,
  type EndAllUsersSessions,
  type EndUserSessions,
} from './sessions/operator-end-sessions.ts'
import { createDescribeClient } from './shared/describe-client.ts'
import { createDescribeLocation } from './shared/describe-location.ts'
import { createLimits, type Limits } from './shared/rate-limits.ts'
import { createThrottle } from './sign-in/attempt-throttle.ts'
import { type Authenticate, createAuthenticate } from './sign-in/authenticate.ts'
import { createNotifyNewDevice, type NotifyNewDevice } from './sign-in/notify-new-device.ts'
import { createReauthenticate, type Reauthenticate } from './sign-in/reauthenticate.ts'
import { createRecognizeDevice, type RecognizeDevice } from './sign-in/recognize-device.ts'
import { createUnlockAccount, type UnlockAccount } from './sign-in/unlock-account.ts'
import { createVerifyPassword } from './sign-in/verify-password.ts'

/**
 * Everything the app can be asked to do. What a visitor can cause is in the results; a use case
 * rejects only when the database fails (`RepositoryError`): answer 503.
 */
export interface UseCases {
  readonly needsSetUp: NeedsSetUp
  readonly issueSetUpCode: IssueSetUpCode
  readonly setUpFirstAccount: SetUpFirstAccount
  readonly maySignUp: MaySignUp
  readonly signUp: SignUp
  readonly createInvite: CreateInvite
  readonly authenticate: Authenticate
  readonly recognizeDevice: RecognizeDevice
  readonly notifyNewDevice: NotifyNewDevice
  readonly changePassword: ChangePassword
  readonly reauthenticate: Reauthenticate
  readonly deleteAccount: DeleteAccount
  readonly isDeletionBlocked: IsDeletionBlocked
  readonly requestPasswordReset: RequestPasswordReset
  readonly checkResetToken: CheckResetToken
  readonly resetPassword: ResetPassword
  readonly findEmailLink: FindEmailLink
  readonly followEmailLink: FollowEmailLink
  readonly getEmailStatus: GetEmailStatus
  readonly requestVerification: RequestVerification
  readonly requestEmailChange: RequestEmailChange
  readonly cancelEmailChange: CancelEmailChange
  readonly exportAccount: ExportAccount
  readonly listUsers: ListUsers
  readonly endUserSessions: EndUserSessions
  readonly endAllUsersSessions: EndAllUsersSessions
  readonly unlockAccount: UnlockAccount
  /** What a route may ask for, before it does. */
  readonly limits: Pick<Limits, 'apiCall' | 'invalidToken' | 'checkInvalidTokens'>
  readonly listSecurityEvents: ListSecurityEvents
  readonly exportSecurityEvents: ExportSecurityEvents
  /** For whom a form is made, as its hidden field says it. */
  readonly signFormOwner: FormOwnerTokens['sign']
  readonly saveDraft: SaveDraft
  readonly findDraft: FindDraft
  readonly discardDraft: DiscardDraft
  /** What happens behind the requests, as recorders and a timer have it. */
  readonly sendRequestedEmails: SendRequestedEmails
  readonly detectAnomalies: DetectAnomalies
  readonly purge: Purge
  readonly findUser: FindUser
  readonly findOperator: FindOperator
  readonly listSessions: ListSessions
  readonly endSession: EndSession
  readonly endSessions: EndSessions
  readonly shortenLink: ShortenLink
  readonly listLinks: ListLinks
  readonly countLinks: CountLinks
  readonly findOwnLink: FindOwnLink
  readonly editLink: EditLink
  readonly removeLink: RemoveLink
  readonly followLink: FollowLink
  readonly recordClick: RecordClick
  readonly analyzeLink: AnalyzeLink
  readonly reportClicks: ReportClicks
}

/** Everything the use cases ask of the world, and the rules that the config sets. */
export interface UseCasePorts {
  readonly accountArchive: AccountArchive
  readonly accounts: AccountRepository
  readonly userDirectory: UserDirectory
  readonly users: UserRepository
  readonly setUpCodes: SetUpCodeRepository
  readonly invites: InviteRepository
  readonly links: LinkRepository
  readonly clickRepository: ClickRepository
  /** Where recorded clicks go: the recorder's `record`. */
  readonly clicks: ClickSink
  readonly isBot: BotDetector
  readonly sessions: UserSessions
  readonly staleSessions: StaleSessions
  readonly stepUp: StepUp
  readonly notifications: NotificationRepository
  readonly securityEvents: SecurityEventRepository
  readonly recordSecurityEvent: RecordSecurityEvent
  /** Writes the events that wait: the recorder's `flush`. */
  readonly flushSecurityEvents: () => Promise<void>
  readonly detectDevice: DeviceDetector
  readonly locateIp: GeoLocator
  readonly sendMail: SendMail
  /** Where requests for letters with a link go: the recorder's `record`. */
  readonly requestEmail: EmailRequestSink
  readonly emailTokens: EmailTokenRepository
  readonly emailChanges: EmailChangeRepository
  readonly attempts: AttemptRepository
  readonly rateLimiter: RateLimiter
  readonly drafts: DraftRepository
  readonly signer: Signer
  readonly passwords: PasswordHasher
  readonly breachedPasswords: BreachedPasswords
  readonly secrets: Secrets
  readonly clock: Clock
  readonly rules: NewPasswordRules
  readonly mode: SignUpMode
  /** Origins under which this app answers. */
  readonly ownOrigins: readonly string[]
}

/** Makes every use case from the same ports. */
export function createUseCases(dependencies: UseCasePorts): UseCases {
  const throttle = createThrottle(dependencies)
  const verifyPassword = createVerifyPassword({ ...dependencies, throttle })
  const validateNewPassword = createValidateNewPassword(dependencies)
  const limits = createLimits(dependencies)
  const describeLocation = createDescribeLocation(dependencies)
  const describeClient = createDescribeClient({ ...dependencies, describeLocation })
  const describers = { describeLocation, describeClient }
  const shared = { throttle, limits, verifyPassword, validateNewPassword, ...describers }
  const getEmailStatus = createGetEmailStatus(dependencies)
  const emailDependencies = {
    checkEmailToken: createCheckEmailToken({ ...dependencies, limits }),
    getEmailStatus,
    notificationLimit: createNotificationLimit({ getEmailStatus, limits }),
  }
  const formOwnerTokens = createFormOwnerTokens(dependencies)
  const ports = { ...dependencies, ...shared, ...emailDependencies, formOwnerTokens }
  const authenticate = createAuthenticate(ports)
  return {
    needsSetUp: createNeedsSetUp(ports),
    issueSetUpCode: createIssueSetUpCode(ports),
    setUpFirstAccount: createSetUpFirstAccount(ports),
    maySignUp: createMaySignUp(ports),
    signUp: createSignUp(ports),
    createInvite: createCreateInvite(ports),
    authenticate,
    recognizeDevice: createRecognizeDevice(ports),
    notifyNewDevice: createNotifyNewDevice(ports),
    changePassword: createChangePassword(ports),
    reauthenticate: createReauthenticate(authenticate),
    deleteAccount: createDeleteAccount(ports),
    isDeletionBlocked: createIsDeletionBlocked(ports),
    requestPasswordReset: createRequestPasswordReset(ports),
    checkResetToken: createCheckResetToken(ports),
    resetPassword: createResetPassword(ports),
    findEmailLink: createFindEmailLink(ports),
    followEmailLink: createFollowEmailLink(ports),
    getEmailStatus: ports.getEmailStatus,
    requestVerification: createRequestVerification(ports),
    requestEmailChange: createRequestEmailChange(ports),
    cancelEmailChange: createCancelEmailChange(ports),
    exportAccount: createExportAccount(ports),
    listUsers: createListUsers(ports),
    endUserSessions: createEndUserSessions(ports),
    endAllUsersSessions: createEndAllUsersSessions(ports),
    unlockAccount: createUnlockAccount(ports),
    limits,
    listSecurityEvents: createListSecurityEvents(ports),
    exportSecurityEvents: createExportSecurityEvents(ports),
    signFormOwner: formOwnerTokens.sign,
    saveDraft: createSaveDraft(ports),
    findDraft: createFindDraft(ports),
    discardDraft: createDiscardDraft(ports),
    sendRequestedEmails: createSendRequestedEmails(ports),
    detectAnomalies: createDetectAnomalies(ports),
    purge: createPurge(ports),
    findUser: createFindUser(ports),
    findOperator: createFindOperator(ports),
    listSessions: createListSessions(ports),
    endSession: createEndSession(ports),
    endSessions: createEndSessions(ports),
    shortenLink: createShortenLink(ports),
    listLinks: createListLinks(ports),
    countLinks: createCountLinks(ports),
    findOwnLink: createFindOwnLink(ports),
    editLink: createEditLink(ports),
    removeLink: createRemoveLink(ports),
    followLink: createFollowLink(ports),
    recordClick: createRecordClick(ports),
    analyzeLink: createAnalyzeLink({ links: ports.links, clicks: ports.clickRepository }),
    reportClicks: createReportClicks({ ...ports, clicks: ports.clickRepository }),
  }
}
