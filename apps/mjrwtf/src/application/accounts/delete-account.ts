import type { Clock } from 'coatcheck'
import { emailKey } from '../../domain/email.ts'
import type { User } from '../../domain/user.ts'
import type { NotificationLimit } from '../email/notification-limit.ts'
import type { AccountRepository } from '../ports/account-repository.ts'
import type { SendMail } from '../ports/email.ts'

export interface DeleteAccountRequest {
  readonly user: User
  /** The account's address as the person typed it, to say that they mean it. */
  readonly confirmation: string
}

export type DeleteAccountResult =
  | { readonly status: 'deleted' }
  /** What was typed is not the address of the account. Nothing was changed. */
  | { readonly status: 'not-confirmed' }
  /** The operator, while others have accounts here. Nothing was changed. */
  | { readonly status: 'others-remain' }
  /** Another request has deleted it already. */
  | { readonly status: 'not-found' }

/**
 * Removes an account and everything that is kept of it, for good, and tells its address so. What stays is
 * that its short codes were given away (decision 021). Ask for a recent authentication first.
 */
export type DeleteAccount = (request: DeleteAccountRequest) => Promise<DeleteAccountResult>

/** Whether the account cannot be deleted for now: its user is the operator, and not alone here. */
export type IsDeletionBlocked = (user: User) => Promise<boolean>

export interface DeleteAccountPorts {
  readonly accounts: AccountRepository
  readonly sendMail: SendMail
  readonly notificationLimit: NotificationLimit
  readonly clock: Clock
}

export function createDeleteAccount(ports: DeleteAccountPorts): DeleteAccount {
  const { accounts, sendMail, notificationLimit, clock } = ports
  return async function deleteAccount({ user, confirmation }) {
    if (emailKey(confirmation) !== emailKey(user.email)) return { status: 'not-confirmed' }
    const budget = await notificationLimit.budgetFor(user)
    const removed = await accounts.remove(user.id)
    if (removed !== 'removed') return { status: removed }
    if (await notificationLimit.allows('account-deleted', budget)) {
      sendMail(user.email, { kind: 'account-deleted', at: clock.now() })
    }
    return { status: 'deleted' }
  }
}

export function createIsDeletionBlocked(ports: {
  readonly accounts: AccountRepository
}): IsDeletionBlocked {
  return async function isDeletionBlocked({ id, isOperator }) {
    return isOperator && (await ports.accounts.hasOthers(id))
  }
}
