import { type AnalyseLink, createAnalyseLink } from './analyse-link.ts'
import { type AnnounceNewDevice, createAnnounceNewDevice } from './announce-new-device.ts'
import { type AskAddressChange, createAskAddressChange } from './ask-address-change.ts'
import { type CancelAddressChange, createCancelAddressChange } from './cancel-address-change.ts'
import { type ChangePassword, createChangePassword } from './change-password.ts'
import { type CheckCredentials, createCheckCredentials } from './check-credentials.ts'
import { type AccountRules, createCheckNewPassword } from './check-new-password.ts'
import { createCheckPassword } from './check-password.ts'
import { type ClearSignInAttempts, createClearSignInAttempts } from './clear-sign-in-attempts.ts'
import { type CreateInvite, createCreateInvite } from './create-invite.ts'
import {
  createDeleteAccount,
  createMustStay,
  type DeleteAccount,
  type MustStay,
} from './delete-account.ts'
import { createDescribeClient } from './describe-client.ts'
import { createDescribePlace } from './describe-place.ts'
import { createEditLink, type EditLink } from './edit-link.ts'
import { createEndSession, type EndSession } from './end-session.ts'
import { createEndSessions, type EndSessions } from './end-sessions.ts'
import {
  createEndEverybodysSessions,
  createEndSessionsOf,
  type EndEverybodysSessions,
  type EndSessionsOf,
} from './end-sessions-of-others.ts'
import { createExportAccount, type ExportAccount } from './export-account.ts'
import { createFindAddressStanding, type FindAddressStanding } from './find-address-standing.ts'
import {
  createDiscardDraft,
  createFindDraft,
  type DiscardDraft,
  type FindDraft,
} from './find-draft.ts'
import { createFindOwnLink, type FindOwnLink } from './find-own-link.ts'
import {
  createFindOperator,
  createFindUser,
  type FindOperator,
  type FindUser,
} from './find-user.ts'
import { createFollowLink, type FollowLink } from './follow-link.ts'
import {
  createFindMailedLink,
  createFollowMailedLink,
  type FindMailedLink,
  type FollowMailedLink,
} from './follow-mailed-link.ts'
import { createForgotPassword, type ForgotPassword } from './forgot-password.ts'
import { createFormSeals, type FormSeals } from './form-seals.ts'
import { createIssueSetUpCode, type IssueSetUpCode } from './issue-set-up-code.ts'
import { createKeepDraft, type KeepDraft } from './keep-draft.ts'
import { createLimits, type Limits } from './limits.ts'
import { type CountLinks, createCountLinks, createListLinks, type ListLinks } from './list-links.ts'
import { createListPeople, type ListPeople } from './list-people.ts'
import {
  createExportSecurityEvents,
  createListSecurityEvents,
  type ExportSecurityEvents,
  type ListSecurityEvents,
} from './list-security-events.ts'
import { createListSessions, type ListSessions } from './list-sessions.ts'
import { createNeedsSetUp, type NeedsSetUp } from './needs-set-up.ts'
import { createNoticeAnomalies, type NoticeAnomalies } from './notice-anomalies.ts'
import { createNoticeLimit } from './notice-limit.ts'
import type { AccountArchive } from './ports/account-archive.ts'
import type { AccountRepository } from './ports/account-repository.ts'
import type { AddressRepository } from './ports/address-repository.ts'
import type { AttemptRepository } from './ports/attempt-repository.ts'
import type { BreachedPasswords } from './ports/breached-passwords.ts'
import type { BotDetector, ClickRepository, ClickSink } from './ports/click-repository.ts'
import type { Clock } from './ports/clock.ts'
import type { DraftRepository } from './ports/draft-repository.ts'
import type { LetterRequestSink } from './ports/letter-requests.ts'
import type { LinkRepository } from './ports/link-repository.ts'
import type { MailedTokenRepository } from './ports/mailed-token-repository.ts'
import type { NoticeRepository } from './ports/notice-repository.ts'
import type { OutdatedSessions } from './ports/outdated-sessions.ts'
import type { PasswordHasher } from './ports/password-hasher.ts'
import type { PeopleRepository } from './ports/people-repository.ts'
import type { PlaceFinder } from './ports/place-finder.ts'
import type { RateLimiter } from './ports/rate-limiter.ts'
import type { Seals } from './ports/seals.ts'
import type { Secrets } from './ports/secrets.ts'
import type { SecurityEventRepository } from './ports/security-event-repository.ts'
import type { SendMail } from './ports/send-mail.ts'
import type { SessionTrust } from './ports/session-trust.ts'
import type {
  InviteRepository,
  SetUpCodeRepository,
  UserRepository,
} from './ports/user-repository.ts'
import type { DeviceDetector, UserSessions } from './ports/user-sessions.ts'
import { createPurge, type Purge } from './purge.ts'
import { createReauthenticate, type Reauthenticate } from './reauthenticate.ts'
import { createRecognizeDevice, type RecognizeDevice } from './recognize-device.ts'
import { createRecordClick, type RecordClick } from './record-click.ts'
import type { RecordSecurityEvent } from './record-security-event.ts'
import { createRemoveLink, type RemoveLink } from './remove-link.ts'
import { createReportClicks, type ReportClicks } from './report-clicks.ts'
import { createRequestVerification, type RequestVerification } from './request-verification.ts'
import {
  createOpenResetLink,
  createResetPassword,
  type OpenResetLink,
  type ResetPassword,
} from './reset-password.ts'
import { createSetUpFirstAccount, type SetUpFirstAccount } from './set-up-first-account.ts'
import { createShortenLink, type ShortenLink } from './shorten-link.ts'
import {
  createMaySignUp,
  createSignUp,
  type MaySignUp,
  type SignUp,
  type SignUpMode,
} from './sign-up.ts'
import { createThrottle } from './throttle.ts'
import { createTryToken } from './try-token.ts'
import { createWriteLetters, type WriteLetters } from './write-letters.ts'

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
  readonly checkCredentials: CheckCredentials
  readonly recognizeDevice: RecognizeDevice
  readonly announceNewDevice: AnnounceNewDevice
  readonly changePassword: ChangePassword
  readonly reauthenticate: Reauthenticate
  readonly deleteAccount: DeleteAccount
  readonly mustStay: MustStay
  readonly forgotPassword: ForgotPassword
  readonly openResetLink: OpenResetLink
  readonly resetPassword: ResetPassword
  readonly findMailedLink: FindMailedLink
  readonly followMailedLink: FollowMailedLink
  readonly findAddressStanding: FindAddressStanding
  readonly requestVerification: RequestVerification
  readonly askAddressChange: AskAddressChange
  readonly cancelAddressChange: CancelAddressChange
  readonly exportAccount: ExportAccount
  readonly listPeople: ListPeople
  readonly endSessionsOf: EndSessionsOf
  readonly endEverybodysSessions: EndEverybodysSessions
  readonly clearSignInAttempts: ClearSignInAttempts
  /** What a route may ask for, before it does. */
  readonly limits: Pick<Limits, 'apiCall' | 'wrongToken' | 'afterWrongTokens'>
  readonly listSecurityEvents: ListSecurityEvents
  readonly exportSecurityEvents: ExportSecurityEvents
  /** For whom a form is made, as its hidden field says it. */
  readonly sealForm: FormSeals['seal']
  readonly keepDraft: KeepDraft
  readonly findDraft: FindDraft
  readonly discardDraft: DiscardDraft
  /** What happens behind the requests, as recorders and a timer have it. */
  readonly writeLetters: WriteLetters
  readonly noticeAnomalies: NoticeAnomalies
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
  readonly analyseLink: AnalyseLink
  readonly reportClicks: ReportClicks
}

/** Everything the use cases ask of the world, and the rules that the config sets. */
export interface UseCasePorts {
  readonly accountArchive: AccountArchive
  readonly accounts: AccountRepository
  readonly people: PeopleRepository
  readonly users: UserRepository
  readonly setUpCodes: SetUpCodeRepository
  readonly invites: InviteRepository
  readonly links: LinkRepository
  readonly clickRepository: ClickRepository
  /** Where recorded clicks go: the recorder's `record`. */
  readonly clicks: ClickSink
  readonly isBot: BotDetector
  readonly sessions: UserSessions
  readonly outdatedSessions: OutdatedSessions
  readonly sessionTrust: SessionTrust
  readonly notices: NoticeRepository
  readonly securityEvents: SecurityEventRepository
  readonly recordSecurityEvent: RecordSecurityEvent
  /** Writes the events that wait: the recorder's `flush`. */
  readonly flushSecurityEvents: () => Promise<void>
  readonly detectDevice: DeviceDetector
  readonly findPlace: PlaceFinder
  readonly sendMail: SendMail
  /** Where requests for letters with a link go: the recorder's `record`. */
  readonly requestLetter: LetterRequestSink
  readonly mailedTokens: MailedTokenRepository
  readonly addresses: AddressRepository
  readonly attempts: AttemptRepository
  readonly rateLimiter: RateLimiter
  readonly drafts: DraftRepository
  readonly seals: Seals
  readonly passwords: PasswordHasher
  readonly breachedPasswords: BreachedPasswords
  readonly secrets: Secrets
  readonly clock: Clock
  readonly rules: AccountRules
  readonly mode: SignUpMode
  /** Origins under which this app answers. */
  readonly ownOrigins: readonly string[]
}

/** Makes every use case from the same ports. */
export function createUseCases(given: UseCasePorts): UseCases {
  const throttle = createThrottle(given)
  const checkPassword = createCheckPassword({ ...given, throttle })
  const checkNewPassword = createCheckNewPassword(given)
  const limits = createLimits(given)
  const describePlace = createDescribePlace(given)
  const describeClient = createDescribeClient({ ...given, describePlace })
  const describing = { describePlace, describeClient }
  const made = { throttle, limits, checkPassword, checkNewPassword, ...describing }
  const findAddressStanding = createFindAddressStanding(given)
  const recovery = {
    tryToken: createTryToken({ ...given, limits }),
    findAddressStanding,
    noticeLimit: createNoticeLimit({ findAddressStanding, limits }),
  }
  const formSeals = createFormSeals(given)
  const ports = { ...given, ...made, ...recovery, formSeals }
  const checkCredentials = createCheckCredentials(ports)
  return {
    needsSetUp: createNeedsSetUp(ports),
    issueSetUpCode: createIssueSetUpCode(ports),
    setUpFirstAccount: createSetUpFirstAccount(ports),
    maySignUp: createMaySignUp(ports),
    signUp: createSignUp(ports),
    createInvite: createCreateInvite(ports),
    checkCredentials,
    recognizeDevice: createRecognizeDevice(ports),
    announceNewDevice: createAnnounceNewDevice(ports),
    changePassword: createChangePassword(ports),
    reauthenticate: createReauthenticate(checkCredentials),
    deleteAccount: createDeleteAccount(ports),
    mustStay: createMustStay(ports),
    forgotPassword: createForgotPassword(ports),
    openResetLink: createOpenResetLink(ports),
    resetPassword: createResetPassword(ports),
    findMailedLink: createFindMailedLink(ports),
    followMailedLink: createFollowMailedLink(ports),
    findAddressStanding: ports.findAddressStanding,
    requestVerification: createRequestVerification(ports),
    askAddressChange: createAskAddressChange(ports),
    cancelAddressChange: createCancelAddressChange(ports),
    exportAccount: createExportAccount(ports),
    listPeople: createListPeople(ports),
    endSessionsOf: createEndSessionsOf(ports),
    endEverybodysSessions: createEndEverybodysSessions(ports),
    clearSignInAttempts: createClearSignInAttempts(ports),
    limits,
    listSecurityEvents: createListSecurityEvents(ports),
    exportSecurityEvents: createExportSecurityEvents(ports),
    sealForm: formSeals.seal,
    keepDraft: createKeepDraft(ports),
    findDraft: createFindDraft(ports),
    discardDraft: createDiscardDraft(ports),
    writeLetters: createWriteLetters(ports),
    noticeAnomalies: createNoticeAnomalies(ports),
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
    analyseLink: createAnalyseLink({ links: ports.links, clicks: ports.clickRepository }),
    reportClicks: createReportClicks({ ...ports, clicks: ports.clickRepository }),
  }
}
