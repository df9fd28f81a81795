import type { Link } from '../domain/link.ts'
import type { Invalid } from '../domain/refusals.ts'
import type { OwnLink } from './find-own-link.ts'

export interface AnalyseLinkRequest extends OwnLink {
  /** RFC 3339 with any offset; `start` is inside the range, `end` is not. Both or neither (absent, `null` or empty). */
  readonly start?: string | null
  readonly end?: string | null
}

export interface ClickCount<Key> {
  readonly key: Key
  readonly clicks: number
}

export interface LinkAnalytics {
  readonly link: Link
  readonly totalClicks: number
  /** By UTC day `YYYY-MM-DD`, oldest first; days without a click are left out. */
  readonly byDate: readonly ClickCount<string>[]
  /** By the referrer's host, most clicks first, at most 50; `null` for visitors who came directly. */
  readonly byReferrer: readonly ClickCount<string | null>[]
  /** By ISO 3166 code, most clicks first; `null` where the country is not known. */
  readonly byCountry: readonly ClickCount<string | null>[]
  /** By browser family, most clicks first; `null` where it is not known. */
  readonly byAgent: readonly ClickCount<string | null>[]
}

export type AnalyseLinkResult =
  | { readonly status: 'analysed'; readonly analytics: LinkAnalytics }
  | Invalid<'start' | 'end'>
  | { readonly status: 'not-found' }

export type AnalyseLink = (request: AnalyseLinkRequest) => Promise<AnalyseLinkResult>
