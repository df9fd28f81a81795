import { emailKey } from '../domain/email.ts'
import type { User } from '../domain/user.ts'
import type { NoticeLimit } from './notice-limit.ts'
import type { AccountRepository } from './ports/account-repository.ts'
import type { Clock } from './ports/clock.ts'
import type { SendMail } from './ports/send-mail.ts'

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
  | { readonly status: 'gone' }

/**
 * Removes an account and everything that is kept of it, for good, and tells its address so. What stays is
 * that its short codes were given away (decision 021). Ask for a recent authentication first.
 */
export type DeleteAccount = (request: DeleteAccountRequest) => Promise<DeleteAccountResult>

/** Whether the account cannot be deleted for now: its user is the operator, and not alone here. */
export type MustStay = (user: User) => Promise<boolean>

export interface DeleteAccountPorts {
  readonly accounts: AccountRepository
  readonly sendMail: SendMail
  readonly noticeLimit: NoticeLimit
  readonly clock: Clock
}

export function createDeleteAccount(ports: DeleteAccountPorts): DeleteAccount {
  const { accounts, sendMail, noticeLimit, clock } = ports
  return async function deleteAccount({ user, confirmation }) {
    if (emailKey(confirmation) !== emailKey(user.email)) return { status: 'not-confirmed' }
    const notified = await noticeLimit.notified(user)
    const removed = await accounts.remove(user.id)
    if (removed !== 'removed') return { status: removed }
    if (await noticeLimit.allows('account-deleted', notified)) {
      sendMail(user.email, { kind: 'account-deleted', at: clock.now() })
    }
    return { status: 'deleted' }
  }
}

export function createMustStay(ports: { readonly accounts: AccountRepository }): MustStay {
  return async function mustStay({ id, isOperator }) {
    return isOperator && (await ports.accounts.hasOthers(id))
  }
}
