import type { Clock } from 'coatcheck'
import type { BotDetector, ClickRepository, ClickSink } from '../ports/click-repository.ts'
import type { GeoLocator } from '../ports/geo-locator.ts'
import type { LinkRepository } from '../ports/link-repository.ts'
import type { Secrets } from '../ports/secrets.ts'
import type { Limits } from '../shared/rate-limits.ts'
import { type AnalyzeLink, createAnalyzeLink } from './analyze-link.ts'
import { createEditLink, type EditLink } from './edit-link.ts'
import { createFindOwnLink, type FindOwnLink } from './find-own-link.ts'
import { createFollowLink, type FollowLink } from './follow-link.ts'
import { type CountLinks, createCountLinks, createListLinks, type ListLinks } from './list-links.ts'
import { createRecordClick, type RecordClick } from './record-click.ts'
import { createRemoveLink, type RemoveLink } from './remove-link.ts'
import { createReportClicks, type ReportClicks } from './report-clicks.ts'
import { createShortenLink, type ShortenLink } from './shorten-link.ts'

/** Short links and their clicks. */
export interface Links {
  readonly shorten: ShortenLink
  readonly find: FindOwnLink
  readonly list: ListLinks
  readonly count: CountLinks
  readonly edit: EditLink
  readonly remove: RemoveLink
  readonly follow: FollowLink
  readonly recordClick: RecordClick
  readonly analyze: AnalyzeLink
  readonly reportClicks: ReportClicks
}

export interface LinksDependencies {
  readonly links: LinkRepository
  readonly clicks: ClickRepository
  readonly addClick: ClickSink
  readonly isBot: BotDetector
  readonly locateIp: GeoLocator
  readonly limits: Pick<Limits, 'link'>
  readonly secrets: Pick<Secrets, 'id' | 'bytes'>
  readonly clock: Clock
  /** Origins of this app. A link must not redirect to them. */
  readonly ownOrigins: readonly string[]
}

export function createLinks(dependencies: LinksDependencies): Links {
  return {
    shorten: createShortenLink(dependencies),
    find: createFindOwnLink(dependencies),
    list: createListLinks(dependencies),
    count: createCountLinks(dependencies),
    edit: createEditLink(dependencies),
    remove: createRemoveLink(dependencies),
    follow: createFollowLink(dependencies),
    recordClick: createRecordClick(dependencies),
    analyze: createAnalyzeLink(dependencies),
    reportClicks: createReportClicks(dependencies),
  }
}
