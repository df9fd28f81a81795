import type { AuthenticationMethod } from 'coatcheck'
import type { SecondStepMethod } from '../../domain/second-factor.ts'
import type { User } from '../../domain/user.ts'
import type { ClientInfo } from '../shared/describe-client.ts'

/** The result of checking a factor. `methods`: what the user has authenticated with. */
export type FactorCheck =
  | {
      readonly status: 'correct'
      readonly methods: readonly AuthenticationMethod[]
      /** After a recovery code: how many are left, to show the user. */
      readonly unusedCodes?: number
    }
  /** Wrong, used before, expired or of another user: not distinguished. */
  | { readonly status: 'wrong' }

export interface CheckCodeRequest {
  /** Who signs in or steps up. The code must be one of this user. */
  readonly user: User
  /** As typed. */
  readonly code: string
  readonly client: ClientInfo
  /** The session that steps up; `null` in the second step of a sign-in. */
  readonly sessionId: string | null
  /** In the second step of a sign-in, its id: a code by text message is bound to it. Absent in a step-up. */
  readonly pendingSignInId?: string
}

/**
 * Checks a code of one kind of second factor, and uses it up in the same statement: of any number of parallel checks of
 * one code, one is correct. Counts and reports no failures: `CheckSecondFactor` does, before it calls this function.
 * Rejects with `RepositoryError` only.
 */
export type CheckCode = (request: CheckCodeRequest) => Promise<FactorCheck>

/** The kinds of factors whose codes a user types. */
export type CodeMethod = Extract<SecondStepMethod, 'authenticator' | 'recovery-code' | 'phone'>

/** The checks of the kinds that can be used. Without an SMS gateway there is none for phones. */
export type CodeChecks = Readonly<Partial<Record<CodeMethod, CheckCode>>>
