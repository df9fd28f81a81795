import type { Click } from '../../domain/click.ts'
import type { Identity } from '../../domain/identity.ts'
import type { LinkId } from '../../domain/link.ts'
import type { PersonalToken } from '../../domain/personal-token.ts'
import type { Throttled } from '../../domain/results.ts'
import type { SecurityEvent } from '../../domain/security-event.ts'
import type { Instant } from '../../domain/time.ts'
import type { TrustedBrowser } from '../../domain/trusted-browser.ts'
import type { User, UserId } from '../../domain/user.ts'
import type {
  AccountArchive,
  ArchivedEdit,
  ArchivedLink,
  FurtherCode,
  PageCursor,
} from '../ports/account-repository.ts'
import type { ConnectedApp } from '../ports/connected-grants.ts'
import type { EmailStatus } from '../ports/email-change-repository.ts'
import type { UserFactors } from '../ports/factor-repository.ts'
import { RepositoryError } from '../ports/repository-error.ts'
import type { UserSession } from '../ports/user-sessions.ts'
import type { LocatedSecurityEvent } from '../security-log/security-log.ts'
import type { AccountsDependencies } from './dependencies.ts'

/** All data of a user. Unbounded lists are read page by page, while they are consumed. */
export interface AccountExport {
  readonly user: User
  readonly emailStatus: EmailStatus
  /** The active sessions. Ended ones appear in the security events. */
  readonly sessions: readonly UserSession[]
  /** When the current password was set. `null` without one. */
  readonly passwordSetAt: Instant | null
  /** Without their secrets. Of a phone, only the last digits of its number. */
  readonly factors: UserFactors
  /** The browsers that skip the second step. */
  readonly trustedBrowsers: readonly TrustedBrowser[]
  /** Without their hashes. */
  readonly personalTokens: readonly PersonalToken[]
  /** What client applications may do with the account. */
  readonly connectedApps: readonly ConnectedApp[]
  /** Accounts at external providers. */
  readonly identities: readonly Identity[]
  /** Oldest first, including removed links. */
  links(): AsyncIterable<readonly ArchivedLink[]>
  /** The codes of all links besides the main ones. */
  codes(): AsyncIterable<readonly FurtherCode[]>
  /** The edits of all links that are kept, link by link and oldest first. */
  edits(): AsyncIterable<readonly ArchivedEdit[]>
  /** Oldest first. */
  clicks(link: ArchivedLink): AsyncIterable<readonly Click[]>
  /** Oldest first. */
  securityEvents(): AsyncIterable<readonly LocatedSecurityEvent[]>
  /** Call it last. Rejects if the account was deleted during the export, because the data is incomplete then. */
  confirm(): Promise<void>
}

export type ExportAccountResult =
  | { readonly status: 'ready'; readonly archive: AccountExport }
  | Throttled

/** Starts an export of all data of the user, for that user. The caller must require a recent authentication. */
export type ExportAccount = (user: User) => Promise<ExportAccountResult>

type ExportAccountDependencies = Pick<
  AccountsDependencies,
  | 'accountArchive'
  | 'users'
  | 'sessions'
  | 'limits'
  | 'describeLocation'
  | 'getEmailStatus'
  | 'flushSecurityEvents'
  | 'factors'
  | 'trustedBrowsers'
  | 'personalTokens'
  | 'listConnectedApps'
  | 'identities'
  | 'clock'
>

/** Entries per page, and so in memory at once. */
const pageSize = 1_000

export function createExportAccount(dependencies: ExportAccountDependencies): ExportAccount {
  const { accountArchive: archive, users, sessions, limits } = dependencies
  const { describeLocation, getEmailStatus, flushSecurityEvents } = dependencies
  const { factors, trustedBrowsers, personalTokens, listConnectedApps } = dependencies
  const { identities, clock } = dependencies

  async function locatedEvents(cursor: PageCursor<SecurityEvent>) {
    const events = await archive.securityEvents(cursor)
    return events.map((event) => ({ ...event, location: describeLocation(event.ipAddress) }))
  }

  /** What is never much. */
  async function readShortLists({ id }: User) {
    const [tokens, apps, linked] = await Promise.all([
      personalTokens.list(id),
      listConnectedApps(id),
      identities.list(id),
    ])
    const [active, emailStatus, passwordSetAt, userFactors, trusted] = await Promise.all([
      sessions.list(id),
      getEmailStatus(id),
      users.passwordSetAt(id),
      factors.list(id),
      trustedBrowsers.list(id, clock.now()),
    ])
    return {
      sessions: active,
      emailStatus,
      passwordSetAt,
      factors: userFactors,
      trustedBrowsers: trusted,
      personalTokens: tokens,
      connectedApps: apps,
      identities: linked,
    }
  }

  return async function exportAccount(user) {
    const throttled = await limits.export(user.id)
    if (throttled !== null) return throttled
    // Events that cannot be written now stay in the queue, which logs the failure.
    await flushSecurityEvents().catch(() => {})
    return {
      status: 'ready',
      archive: {
        user,
        ...(await readShortLists(user)),
        links: () => paginate(user, archive.links),
        codes: () => readOfLinks({ user, archive, read: archive.codes }),
        edits: () => readOfLinks({ user, archive, read: archive.edits }),
        clicks: (link) => paginate(user, (cursor) => archive.clicks(link.id, cursor)),
        securityEvents: () => paginate(user, locatedEvents),
        async confirm() {
          if ((await users.find(user.id)) === null) throw new RepositoryError(accountDeletedMessage)
        },
      },
    }
  }
}

const accountDeletedMessage = 'The account was deleted during the export.'

/** Reads a page only when the previous one has been consumed. */
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

/** Links whose edits are in memory at once: one has up to 30, of up to 100 kB. */
const linksPerRead = 20

interface OfLinks<Entry> {
  readonly user: User
  readonly archive: Pick<AccountArchive, 'links'>
  readonly read: (
    linkIds: readonly LinkId[],
    userId: UserId,
  ) => Promise<readonly (Entry & { readonly linkId: LinkId })[]>
}

/** Reads what belongs to links, a few of them at a time. */
async function* readOfLinks<Entry>({ user, archive, read }: OfLinks<Entry>) {
  for await (const links of paginate(user, archive.links)) {
    for (let start = 0; start < links.length; start += linksPerRead) {
      const ids = links.slice(start, start + linksPerRead).map(({ id }) => id)
      yield await read(ids, user.id)
    }
  }
}
