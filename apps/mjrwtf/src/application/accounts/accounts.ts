import type { User } from '../../domain/user.ts'
import {
  createDeleteAccount,
  createIsDeletionBlocked,
  type DeleteAccount,
  type IsDeletionBlocked,
} from './delete-account.ts'
import type { AccountsDependencies } from './dependencies.ts'
import { createExportAccount, type ExportAccount } from './export-account.ts'
import { createFindSessionUser, type FindSessionUser } from './find-session-user.ts'
import { createFirstAccount, type FirstAccount } from './first-account.ts'
import { createMaySignUp, createSignUp, type MaySignUp, type SignUp } from './sign-up.ts'

/** Creates, finds, exports and deletes accounts. */
export interface Accounts extends FirstAccount {
  readonly maySignUp: MaySignUp
  readonly signUp: SignUp
  readonly findSessionUser: FindSessionUser
  /** Shared bearer tokens act for the operator. Returns `null` until the first account exists. */
  readonly findOperator: () => Promise<User | null>
  readonly export: ExportAccount
  readonly isDeletionBlocked: IsDeletionBlocked
  readonly delete: DeleteAccount
}

export function createAccounts(dependencies: AccountsDependencies): Accounts {
  return {
    ...createFirstAccount(dependencies),
    maySignUp: createMaySignUp(dependencies),
    signUp: createSignUp(dependencies),
    findSessionUser: createFindSessionUser(dependencies),
    findOperator: () => dependencies.users.findOperator(),
    export: createExportAccount(dependencies),
    isDeletionBlocked: createIsDeletionBlocked(dependencies),
    delete: createDeleteAccount(dependencies),
  }
}
