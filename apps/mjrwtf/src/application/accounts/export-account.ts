import type { Click } from '../../domain/click.ts'
import type { Throttled } from '../../domain/results.ts'
import type { SecurityEvent } from '../../domain/security-event.ts'
import type { User } from '../../domain/user.ts'
import type { GetEmailStatus } from '../email/get-email-status.ts'
import type { AccountArchive, ArchivedLink, PageCursor } from '../ports/account-repository.ts'
import type { EmailStatus } from '../ports/email-change-repository.ts'
import { RepositoryError } from '../ports/repository-error.ts'
import type { UserRepository } from '../ports/user-repository.ts'
import type { UserSession, UserSessions } from '../ports/user-sessions.ts'
import type { LocatedSecurityEvent } from '../security-log/list-security-events.ts'
import type { DescribeLocation } from '../shared/describe-location.ts'
import type { Limits } from '../shared/rate-limits.ts'

/** Everything that is kept of a person. What there can be much of is read while it is asked for, page by page. */
export interface AccountExport {
  readonly user: User
  readonly emailStatus: EmailStatus
  /** Those that are live. What became of the others is among the events. */
  readonly sessions: readonly UserSession[]
  /** Oldest first, those that were removed too. */
  links(): AsyncIterable<readonly ArchivedLink[]>
  /** Oldest first. */
  clicks(link: ArchivedLink): AsyncIterable<readonly Click[]>
  /** Oldest first. */
  securityEvents(): AsyncIterable<readonly LocatedSecurityEvent[]>
  /**
   * To be asked at the end. Rejects when the account was deleted while it was read: what was read is
   * not all, and must not pass for it.
   */
  confirm(): Promise<void>
}

export type ExportAccountResult =
  | { readonly status: 'ready'; readonly archive: AccountExport }
  | Throttled

/** Begins to read all that is kept of a person, for them alone. Ask for a recent authentication first. */
export type ExportAccount = (user: User) => Promise<ExportAccountResult>

export interface ExportAccountPorts {
  readonly accountArchive: AccountArchive
  readonly users: UserRepository
  readonly sessions: Pick<UserSessions, 'list'>
  readonly limits: Limits
  readonly describeLocation: DescribeLocation
  readonly getEmailStatus: GetEmailStatus
  /** Writes what was told of and waits. */
  readonly flushSecurityEvents: () => Promise<void>
}

/** Entries of a page: what is held in memory at once. */
const pageSize = 1_000

export function createExportAccount(ports: ExportAccountPorts): ExportAccount {
  const { accountArchive: archive, users, limits } = ports

  async function locatedEvents(cursor: PageCursor<SecurityEvent>) {
    const events = await archive.securityEvents(cursor)
    return events.map((event) => ({ ...event, location: ports.describeLocation(event.ipAddress) }))
  }

  return async function exportAccount(user) {
    const throttled = await limits.export(user.id)
    if (throttled !== null) return throttled
    // As for the page of the log: what cannot be written now waits on, and is told of elsewhere.
    await ports.flushSecurityEvents().catch(() => {})
    const [sessions, emailStatus] = await Promise.all([
      ports.sessions.list(user.id),
      ports.getEmailStatus(user.id),
    ])
    return {
      status: 'ready',
      archive: {
        user,
        emailStatus,
        sessions,
        links: () => paginate(user, archive.links),
        clicks: (link) => paginate(user, (cursor) => archive.clicks(link.id, cursor)),
        securityEvents: () => paginate(user, locatedEvents),
        async confirm() {
          if ((await users.find(user.id)) === null) throw new RepositoryError(accountDeletedMessage)
        },
      },
    }
  }
}

const accountDeletedMessage = 'The account was deleted while it was read.'

/** Page after page, each read when the one before was taken. */
async function* paginate<Entry>(
  { id: userId }: User,
  read: (cursor: PageCursor<Entry>) => Promise<readonly Entry[]>,
): AsyncIterable<readonly Entry[]> {
  let after: Entry | null = null
  for (;;) {
    const page: readonly Entry[] = await read({ userId, after, limit: pageSize })
    if (page.length > 0) yield page
    if (page.length < pageSize) return
    after = page.at(-1) ?? null
  }
}
