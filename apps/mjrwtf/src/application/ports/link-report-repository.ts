import type { LinkId } from '../../domain/link.ts'
import type { LinkReport } from '../../domain/link-report.ts'
import type { Instant } from '../../domain/time.ts'
import type { EntryPlace, PageStart } from './paging.ts'
import type { FoundLink } from './take-down-repository.ts'

/** A report that waits for an administrator, with its link. */
export interface OpenReport extends LinkReport {
  readonly link: Pick<FoundLink, 'shortCode' | 'destination' | 'ownerId' | 'ownerEmail'>
}

export interface OpenReportPage {
  /** Newest first. */
  readonly reports: readonly OpenReport[]
  readonly hasMore: boolean
}

/**
 * Stores what visitors report about links. A report is deleted with its link. Rejects with `RepositoryError` only.
 */
export interface LinkReportRepository {
  /**
   * Adds a report unless `maxOpenReportsOfLink` of the link wait already (`duplicate`), or `maxOpenReports` of all links
   * (`full`). Parallel calls may exceed these numbers by theirs.
   */
  add(report: LinkReport): Promise<'added' | 'duplicate' | 'full'>
  listOpen(request: {
    readonly start: PageStart<EntryPlace> | null
    readonly limit: number
  }): Promise<OpenReportPage>
  /** The reports of a link that wait, newest first, at most `maxOpenReportsOfLink`. */
  listOpenOfLink(id: LinkId): Promise<readonly LinkReport[]>
  /** Closes all reports of the link, and returns how many this call closed. */
  closeOfLink(id: LinkId, at: Instant): Promise<number>
  /** Deletes a batch of reports that were closed before, in one short statement. Returns whether there may be more. */
  purgeBatch(before: Instant): Promise<boolean>
}
