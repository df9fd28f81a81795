import { emailKey } from '../../domain/email.ts'
import { timeZoneOf } from '../../domain/preferences.ts'
import type { User } from '../../domain/user.ts'
import type { AccountsDependencies } from './dependencies.ts'

export interface DeleteAccountRequest {
  readonly user: Pick<User, 'id' | 'email' | 'preferences'>
  /** The account's email as typed by the user, as confirmation. */
  readonly confirmation: string
}

export type DeleteAccountResult =
  | { readonly status: 'deleted' }
  /** The confirmation is not the account's email. Nothing changed. */
  | { readonly status: 'not-confirmed' }
  /** The operator's account, while others exist. Nothing changed. */
  | { readonly status: 'others-remain' }
  /** Another request has deleted the account. */
  | { readonly status: 'not-found' }

/**
 * Deletes an account permanently, and notifies its email. Nobody can use it or see its data afterwards; its links, clicks
 * and security events are deleted in the background. Only its short codes stay reserved (decision 021). The caller must
 * require a recent authentication.
 */
export type DeleteAccount = (request: DeleteAccountRequest) => Promise<DeleteAccountResult>

/** Whether the user is the operator and other accounts exist, so that the account cannot be deleted. */
export type IsDeletionBlocked = (user: User) => Promise<boolean>

type DeleteAccountDependencies = Pick<
  AccountsDependencies,
  'accounts' | 'removeAccountData' | 'sendMail' | 'notificationLimit' | 'clock'
>

export function createDeleteAccount(dependencies: DeleteAccountDependencies): DeleteAccount {
  const { accounts, removeAccountData, sendMail, notificationLimit, clock } = dependencies
  return async function deleteAccount({ user, confirmation }) {
    if (emailKey(confirmation) !== emailKey(user.email)) return { status: 'not-confirmed' }
    const budget = await notificationLimit.budgetFor(user)
    const removed = await accounts.remove(user.id)
    if (removed !== 'removed') return { status: removed }
    removeAccountData()
    if (await notificationLimit.allows('account-deleted', budget)) {
      sendMail(user.email, { kind: 'account-deleted', at: clock.now() }, timeZoneOf(user))
    }
    return { status: 'deleted' }
  }
}

export function createIsDeletionBlocked({
  accounts,
}: Pick<AccountsDependencies, 'accounts'>): IsDeletionBlocked {
  return async function isDeletionBlocked({ id, isOperator }) {
    return isOperator && (await accounts.hasOthers(id))
  }
}
