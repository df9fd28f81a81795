import type { LinkId } from './link.ts'
import type { TakeDownReason } from './take-down.ts'
import { day, type Instant, type Milliseconds } from './time.ts'

/** What a visitor reported about a link. Does not contain who it was. */
export interface LinkReport {
  /** Opaque: 16 random bytes as 22 characters of base64url. */
  readonly id: string
  readonly linkId: LinkId
  readonly reason: TakeDownReason
  /** Empty for none. */
  readonly comment: string
  readonly createdAt: Instant
}

/** In code points. */
export const maxReportComment = 1_000

/** Reports of one link that wait for an administrator. Further ones say nothing new. */
export const maxOpenReportsOfLink = 20

/** Reports that wait for an administrator. */
export const maxOpenReports = 5_000

/** How long a closed report is stored. */
export const closedReportRetention: Milliseconds = 90 * day
