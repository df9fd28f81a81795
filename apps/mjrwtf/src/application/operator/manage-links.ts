import type { Clock } from 'coatcheck'
import type { LinkId } from '../../domain/link.ts'
import type { LinkReport } from '../../domain/link-report.ts'
import type { TakeDownReason } from '../../domain/take-down.ts'
import type { User } from '../../domain/user.ts'
import type { LinkReportRepository, OpenReportPage } from '../ports/link-report-repository.ts'
import type { EntryPlace, PageStart } from '../ports/paging.ts'
import type {
  AllLinksPage,
  FoundLink,
  LinkFilter,
  TakeDownRepository,
} from '../ports/take-down-repository.ts'
import type { UserDirectory } from '../ports/user-repository.ts'
import { type IsShortHost, parseLinkQuery } from './link-query.ts'
import type { RestoreLinkResult, TakeDownResult } from './take-down-links.ts'

export interface FindAllLinksRequest {
  /** A code, a short URL, a destination, its host, or the email of the owner. Empty for all links. */
  readonly text: string
  readonly start: PageStart<EntryPlace> | null
  readonly limit: number
}

/** A link with the reports that wait. */
export interface ReportedLink {
  readonly link: FoundLink
  readonly reports: readonly LinkReport[]
}

/**
 * What administrators do to the links of all users on the pages. For an acting user who is not an administrator, nothing is
 * found.
 */
export interface ManageLinks {
  /** The link of that code is first on the first page; the others are sorted by time. */
  list(operator: User, request: FindAllLinksRequest): Promise<AllLinksPage>
  find(operator: User, id: LinkId): Promise<ReportedLink | null>
  /** As the command at the shell; the reports of the link are closed. */
  takeDown(operator: User, id: LinkId, reason: TakeDownReason): Promise<TakeDownResult>
  restore(operator: User, id: LinkId): Promise<RestoreLinkResult>
  listReports(
    operator: User,
    page: { readonly start: PageStart<EntryPlace> | null; readonly limit: number },
  ): Promise<OpenReportPage>
  /** Closes the reports of the link without a change of it. Returns how many, or `null` without such a link. */
  dismissReports(operator: User, id: LinkId): Promise<number | null>
}

export interface ManageLinksDependencies {
  readonly takeDowns: Pick<TakeDownRepository, 'findById' | 'findByAnyCode' | 'list'>
  readonly linkReports: Pick<LinkReportRepository, 'listOpen' | 'listOpenOfLink' | 'closeOfLink'>
  readonly userDirectory: Pick<UserDirectory, 'findByEmail'>
  readonly takeDownLink: (code: string, reason: TakeDownReason) => Promise<TakeDownResult>
  readonly restoreLink: (code: string) => Promise<RestoreLinkResult>
  readonly ownOrigins: readonly string[]
  /** Whether the host is a further one of short links. */
  readonly isShortDomain: IsShortHost
  readonly clock: Clock
}

const notFound = { status: 'not-found' } as const
const noLinks: AllLinksPage = { links: [], hasMore: false }

export function createManageLinks(dependencies: ManageLinksDependencies): ManageLinks {
  const { takeDowns, linkReports, clock } = dependencies
  const findFilter = createFindFilter(dependencies)

  async function findLink(operator: User, id: LinkId): Promise<FoundLink | null> {
    return operator.isOperator ? takeDowns.findById(id) : null
  }

  return {
    async list(operator, { text, start, limit }) {
      if (!operator.isOperator) return noLinks
      const { code, filter } = await findFilter(text)
      const exact = code === null || start !== null ? null : await takeDowns.findByAnyCode(code)
      const page = filter === null ? noLinks : await takeDowns.list({ filter, start, limit })
      if (exact === null) return page
      return { ...page, links: [exact, ...page.links.filter(({ id }) => id !== exact.id)] }
    },
    async find(operator, id) {
      const link = await findLink(operator, id)
      return link === null ? null : { link, reports: await linkReports.listOpenOfLink(id) }
    },
    async takeDown(operator, id, reason) {
      const link = await findLink(operator, id)
      if (link === null) return notFound
      const result = await dependencies.takeDownLink(link.shortCode, reason)
      if (result.status !== 'not-found') await linkReports.closeOfLink(id, clock.now())
      return result
    },
    async restore(operator, id) {
      const link = await findLink(operator, id)
      return link === null ? notFound : dependencies.restoreLink(link.shortCode)
    },
    async listReports(operator, page) {
      return operator.isOperator ? linkReports.listOpen(page) : { reports: [], hasMore: false }
    },
    async dismissReports(operator, id) {
      const link = await findLink(operator, id)
      return link === null ? null : linkReports.closeOfLink(id, clock.now())
    },
  }
}

interface FoundFilter {
  readonly code: string | null
  /** `null` if no link can have it. */
  readonly filter: LinkFilter | null
}

function createFindFilter({ userDirectory, ownOrigins, isShortDomain }: ManageLinksDependencies) {
  const ownHosts = new Set(ownOrigins.map((origin) => new URL(origin).host))
  const isShortHost = (host: string) => ownHosts.has(host) || isShortDomain(host)

  return async function findFilter(text: string): Promise<FoundFilter> {
    const query = parseLinkQuery(text, isShortHost)
    if (query.email !== null) {
      const owner = await userDirectory.findByEmail(query.email)
      return { code: null, filter: owner === null ? null : { by: 'owner', ownerId: owner.id } }
    }
    if (query.host !== null) return { code: query.code, filter: { by: 'host', host: query.host } }
    return { code: query.code, filter: query.code === null ? { by: 'all' } : null }
  }
}
