import type { Clock } from 'coatcheck'
import { maxReportComment } from '../../domain/link-report.ts'
import type { Invalid, Throttled } from '../../domain/results.ts'
import { isTakeDownReason } from '../../domain/take-down.ts'
import type { LinkReportRepository } from '../ports/link-report-repository.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { FoundLink, TakeDownRepository } from '../ports/take-down-repository.ts'
import type { Limits } from '../shared/rate-limits.ts'

export interface ReportLinkRequest {
  readonly code: string
  readonly reason: string
  readonly comment: string
  /** Of the visitor. Only counted, not stored with the report. */
  readonly ipAddress: string | null
}

export type ReportLinkResult =
  /** Also if the link has enough reports already. */
  | { readonly status: 'reported' }
  | Invalid<'reason' | 'comment'>
  | { readonly status: 'not-found' }
  /** Too many reports wait for an administrator. */
  | { readonly status: 'full' }
  | Throttled

/** What visitors without an account report about links. */
export interface LinkReports {
  /** The short code of the link with that code, unless it does not redirect: then there is nothing to report. */
  findReportable(code: string): Promise<string | null>
  report(request: ReportLinkRequest): Promise<ReportLinkResult>
}

export interface LinkReportsDependencies {
  readonly takeDowns: Pick<TakeDownRepository, 'findByAnyCode'>
  readonly linkReports: Pick<LinkReportRepository, 'add'>
  readonly limits: Pick<Limits, 'linkReport'>
  readonly secrets: Pick<Secrets, 'id'>
  readonly clock: Clock
}

export function createLinkReports(dependencies: LinkReportsDependencies): LinkReports {
  const { takeDowns, linkReports, limits, secrets, clock } = dependencies

  async function findLink(code: string): Promise<FoundLink | null> {
    const link = await takeDowns.findByAnyCode(code)
    return link === null || link.removedAt !== null || link.takeDown !== null ? null : link
  }

  return {
    async findReportable(code) {
      return (await findLink(code))?.shortCode ?? null
    },
    async report({ code, reason, comment: text, ipAddress }) {
      const comment = withoutControls(text).trim()
      if (!isTakeDownReason(reason)) return invalid('reason', 'Choose what is wrong with the link.')
      if ([...comment].length > maxReportComment) {
        return invalid('comment', `Use at most ${maxReportComment} characters.`)
      }
      const link = await findLink(code)
      if (link === null) return { status: 'not-found' }
      const throttled = await limits.linkReport(ipAddress)
      if (throttled !== null) return throttled
      const [id, createdAt] = [secrets.id(), clock.now()]
      const added = await linkReports.add({ id, linkId: link.id, reason, comment, createdAt })
      return { status: added === 'full' ? 'full' : 'reported' }
    },
  }
}

/** Line breaks stay. Controls of the direction of text could hide what an administrator reads. */
function withoutControls(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(/[^\P{Cc}\n]|\p{Bidi_Control}/gu, ' ')
}

function invalid(field: 'reason' | 'comment', message: string): Invalid<'reason' | 'comment'> {
  return { status: 'invalid', fields: [{ field, message }] }
}
