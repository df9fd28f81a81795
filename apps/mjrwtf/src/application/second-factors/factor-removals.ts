import type { Clock } from 'coatcheck'
import { factorRemovalDelay, factorRemovalReminder } from '../../domain/factor-removal.ts'
import { timeZoneOf } from '../../domain/preferences.ts'
import type { Throttled } from '../../domain/results.ts'
import { isUserId, type User, type UserId } from '../../domain/user.ts'
import type { GetEmailStatus } from '../email/verification.ts'
import type { SendMail } from '../ports/email.ts'
import type { FactorRemoval, FactorRemovalRepository } from '../ports/factor-removal-repository.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { UserRepository } from '../ports/user-repository.ts'
import type { RecordSecurityEvent } from '../security-log/record-security-event.ts'
import type { Limits } from '../shared/rate-limits.ts'
import type { ReportFactorChange } from './factor-changes.ts'

export type RequestFactorRemovalResult =
  | { readonly status: 'requested'; readonly user: User }
  /** A removal is pending already. It is due as before. */
  | { readonly status: 'pending'; readonly user: User }
  | { readonly status: 'no-second-factor' }
  /** The user could not be notified, so there is no time in which they could cancel. */
  | { readonly status: 'email-disabled' }
  /** Administrators remove their own factors like every user, with a factor. */
  | { readonly status: 'own-account' }
  | { readonly status: 'not-found' }
  | Throttled

export type CancelFactorRemovalResult =
  | { readonly status: 'canceled'; readonly user: User }
  | { readonly status: 'none'; readonly user: User }
  | { readonly status: 'not-found' }

/** What an administrator decides with. */
export interface FactorRemovalReview {
  readonly user: User
  /** The pending one, or `null`. */
  readonly removal: FactorRemoval | null
  readonly isEmailVerified: boolean
  /** Whether the server sends email. */
  readonly isEmailEnabled: boolean
}

/** What a run of `process` did, for the log. */
export interface ProcessedRemovals {
  /** Users whose factors were removed. */
  readonly removed: readonly UserId[]
  /** Users who used a factor since the request, so that nothing was removed. */
  readonly canceled: readonly UserId[]
}

/**
 * Removes all second factors of users who have lost them, 72 hours after an administrator requests it. The user is
 * notified at once and reminded a day before. The link in both emails, the user and an administrator can cancel it, and
 * a use of a factor does. It never signs anyone in and never changes the password, so that an administrator alone cannot
 * get into the account. Rejects with `RepositoryError` only.
 */
export interface FactorRemovals {
  /** The pending removal of the user, or `null`. */
  find(userId: UserId): Promise<FactorRemoval | null>
  /** Returns `null` if there is no such user, or the requester is not an administrator. */
  review(operator: User, userId: UserId): Promise<FactorRemovalReview | null>
  request(operator: User, userId: UserId): Promise<RequestFactorRemovalResult>
  cancelByOperator(operator: User, userId: UserId): Promise<CancelFactorRemovalResult>
  /** On behalf of the user. Returns whether a removal was pending. */
  cancel(user: Pick<User, 'id' | 'email' | 'preferences'>): Promise<boolean>
  /**
   * Carries out what is due and sends reminders. Call it regularly in every process: each removal is carried out and
   * each email is sent by one of them. An email is lost if the process stops before it is queued.
   */
  process(): Promise<ProcessedRemovals>
}

export interface FactorRemovalsDependencies {
  readonly factorRemovals: FactorRemovalRepository
  readonly users: Pick<UserRepository, 'find'>
  readonly getEmailStatus: GetEmailStatus
  readonly limits: Pick<Limits, 'factorRemoval'>
  readonly reportFactorChange: ReportFactorChange
  readonly recordSecurityEvent: RecordSecurityEvent
  readonly sendMail: SendMail
  readonly secrets: Pick<Secrets, 'code' | 'hash'>
  readonly clock: Clock
  /** Whether emails reach users. */
  readonly isEmailEnabled: boolean
}

/** Removals of each kind that one run processes. The next run continues. */
const batchSize = 100

export function createFactorRemovals(dependencies: FactorRemovalsDependencies): FactorRemovals {
  const { factorRemovals, users, limits, reportFactorChange, recordSecurityEvent } = dependencies
  const { getEmailStatus, sendMail, secrets, clock, isEmailEnabled } = dependencies

  async function findUser(operator: User, id: UserId): Promise<User | null> {
    return operator.isOperator && isUserId(id) ? users.find(id) : null
  }

  async function add(operator: User, user: User): Promise<RequestFactorRemovalResult> {
    const token = secrets.code()
    const requestedAt = clock.now()
    const dueAt = requestedAt + factorRemovalDelay
    const removal = { userId: user.id, requestedBy: operator.id, requestedAt, dueAt }
    const isAdded = await factorRemovals.add({ ...removal, cancelHash: secrets.hash(token) })
    if (!isAdded) return { status: 'pending', user }
    recordSecurityEvent({ userId: user.id, kind: 'factor-removal-requested', detail: operator.id })
    const email = { kind: 'factor-removal-requested', token, expiresAt: dueAt } as const
    sendMail(user.email, email, timeZoneOf(user))
    return { status: 'requested', user }
  }

  function reportCanceled(user: Pick<User, 'id' | 'email' | 'preferences'>, detail: string): void {
    recordSecurityEvent({ userId: user.id, kind: 'factor-removal-canceled', detail })
    const email = { kind: 'factor-removal-canceled', at: clock.now() } as const
    sendMail(user.email, email, timeZoneOf(user))
  }

  async function cancelUnneeded(): Promise<readonly UserId[]> {
    const canceled = await factorRemovals.cancelUnneeded(batchSize)
    for (const { userId } of canceled) {
      const user = await users.find(userId)
      if (user !== null) reportCanceled(user, 'second-factor-used')
    }
    return canceled.map(({ userId }) => userId)
  }

  async function carryOut({ userId }: FactorRemoval): Promise<boolean> {
    const user = await users.find(userId)
    if (user === null || !(await factorRemovals.carryOut(userId, clock.now()))) return false
    const noClient = { sessionId: null, ipAddress: null, userAgent: null }
    const event = 'second-factors-removed'
    await reportFactorChange({ user, event, kind: null, name: null, ...noClient })
    return true
  }

  async function carryOutDue(): Promise<readonly UserId[]> {
    const removed: UserId[] = []
    for (const removal of await factorRemovals.findDue(clock.now(), batchSize)) {
      if (await carryOut(removal)) removed.push(removal.userId)
    }
    return removed
  }

  async function remind(removal: FactorRemoval): Promise<void> {
    const user = await users.find(removal.userId)
    const token = secrets.code()
    // Late if no process ran, if the clock has jumped, or if a backup was restored: the user has a day nevertheless.
    const earliest = clock.now() + factorRemovalReminder
    if (user === null) return
    if (!(await factorRemovals.addReminder(removal, secrets.hash(token), earliest))) return
    const expiresAt = Math.max(removal.dueAt, earliest)
    sendMail(user.email, { kind: 'factor-removal-reminder', token, expiresAt })
  }

  return {
    find: (userId) => factorRemovals.find(userId),
    async review(operator, userId) {
      const user = await findUser(operator, userId)
      if (user === null) return null
      const removal = await factorRemovals.find(userId)
      const isEmailVerified = (await getEmailStatus(userId)).verifiedAt !== null
      return { user, removal, isEmailVerified, isEmailEnabled }
    },
    async request(operator, userId) {
      const user = await findUser(operator, userId)
      if (user === null) return { status: 'not-found' }
      if (user.id === operator.id) return { status: 'own-account' }
      if (!isEmailEnabled) return { status: 'email-disabled' }
      if (user.secondFactors === 0) return { status: 'no-second-factor' }
      const throttled = await limits.factorRemoval(user.id)
      if (throttled !== null) return throttled
      // One that is no longer needed would otherwise be in the way.
      await cancelUnneeded()
      return add(operator, user)
    },
    async cancelByOperator(operator, userId) {
      const user = await findUser(operator, userId)
      if (user === null) return { status: 'not-found' }
      if ((await factorRemovals.cancel({ userId })) === null) return { status: 'none', user }
      reportCanceled(user, operator.id)
      return { status: 'canceled', user }
    },
    async cancel({ id, email }) {
      if ((await factorRemovals.cancel({ userId: id })) === null) return false
      sendMail(email, { kind: 'factor-removal-canceled', at: clock.now() })
      return true
    },
    async process() {
      const canceled = await cancelUnneeded()
      const removed = await carryOutDue()
      const dueSoon = clock.now() + factorRemovalReminder
      for (const removal of await factorRemovals.findUnreminded(dueSoon, batchSize)) {
        await remind(removal)
      }
      return { removed, canceled }
    },
  }
}
