import type { AnalyseLink } from './analyse-link.ts'
import type { CheckCredentials } from './check-credentials.ts'
import type { ClearSignInAttempts } from './clear-sign-in-attempts.ts'
import type { CreateInvite } from './create-invite.ts'
import type { EditLink } from './edit-link.ts'
import type { FindOwnLink } from './find-own-link.ts'
import type { FindOperator, FindUser } from './find-user.ts'
import type { FollowLink } from './follow-link.ts'
import type { IssueSetUpCode } from './issue-set-up-code.ts'
import type { CountLinks, ListLinks } from './list-links.ts'
import type { NeedsSetUp } from './needs-set-up.ts'
import type { RecordClick } from './record-click.ts'
import type { RemoveLink } from './remove-link.ts'
import type { SetUpFirstAccount } from './set-up-first-account.ts'
import type { ShortenLink } from './shorten-link.ts'
import type { MaySignUp, SignUp } from './sign-up.ts'

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
  readonly clearSignInAttempts: ClearSignInAttempts
  readonly findUser: FindUser
  readonly findOperator: FindOperator
  readonly shortenLink: ShortenLink
  readonly listLinks: ListLinks
  readonly countLinks: CountLinks
  readonly findOwnLink: FindOwnLink
  readonly editLink: EditLink
  readonly removeLink: RemoveLink
  readonly followLink: FollowLink
  readonly recordClick: RecordClick
  readonly analyseLink: AnalyseLink
}
