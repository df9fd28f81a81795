import { hour, type Instant, type Milliseconds } from './time.ts'
import type { UserId } from './user.ts'

/** Form input by field name. */
export type DraftFields = Readonly<Record<string, string>>

/** Saved input of a form that was not accepted. Never submitted automatically. */
export interface Draft {
  readonly id: string
  /** The user for whom the form was rendered; only they can see the draft. */
  readonly userId: UserId
  /** The session for which the form was rendered, or empty. Its page can save no more than its share. */
  readonly sessionId: string
  /** Path of the page with the form. */
  readonly path: string
  readonly fields: DraftFields
  readonly createdAt: Instant
}

/** How long a draft is stored. */
export const draftLifetime: Milliseconds = hour

/** Maximum numbers of drafts, for a few tabs. Further ones evict the oldest. */
export interface DraftLimits {
  readonly perSession: number
  readonly perUser: number
}

/** Anyone who has an old page of a user can evict only drafts of pages of the same session. */
export const draftLimits: DraftLimits = { perSession: 5, perUser: 25 }

/** Size of a draft in bytes of UTF-8, names and values: more than the longest destination of any script needs. */
const maxDraftBytes = 96 * 1024

/** Whether any field is filled in. */
export function hasContent(fields: DraftFields): boolean {
  return Object.values(fields).some((value) => value.trim() !== '')
}

/** Whether the input is within the size limit. */
export function isWithinDraftLimit(fields: DraftFields): boolean {
  return Buffer.byteLength(JSON.stringify(fields)) <= maxDraftBytes
}
