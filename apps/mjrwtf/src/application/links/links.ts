import { type AnalyzeLink, createAnalyzeLink } from './analyze-link.ts'
import type { LinksDependencies } from './dependencies.ts'
import { createEditLink, type EditLink } from './edit-link.ts'
import {
  createFollowLink,
  createRecordClick,
  type FollowLink,
  type RecordClick,
} from './follow-link.ts'
import { createLinkCodes, type LinkCodes } from './link-codes.ts'
import { createOwnLinks, type OwnLinks } from './own-links.ts'
import { createReportClicks, type ReportClicks } from './report-clicks.ts'
import { createShortenLink, type ShortenLink } from './shorten-link.ts'
import { createLinkVisits, type LinkVisits } from './visit-link.ts'

/** Short links and their clicks. */
export interface Links extends OwnLinks, LinkCodes, LinkVisits {
  readonly shorten: ShortenLink
  readonly edit: EditLink
  readonly follow: FollowLink
  readonly recordClick: RecordClick
  readonly analyze: AnalyzeLink
  readonly reportClicks: ReportClicks
}

export function createLinks(dependencies: LinksDependencies): Links {
  const ownLinks = createOwnLinks(dependencies)
  const withFind = { ...dependencies, findOwnLink: ownLinks.find }
  return {
    ...ownLinks,
    ...createLinkCodes(withFind),
    ...createLinkVisits(dependencies),
    shorten: createShortenLink(dependencies),
    edit: createEditLink(withFind),
    follow: createFollowLink(dependencies),
    recordClick: createRecordClick(dependencies),
    analyze: createAnalyzeLink(withFind),
    reportClicks: createReportClicks(withFind),
  }
}
