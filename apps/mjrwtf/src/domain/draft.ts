import { hour, type Instant, type Milliseconds } from './time.ts'
import type { UserId } from './user.ts'

/** What was typed into a form, by field name. */
export type DraftFields = Readonly<Record<string, string>>

/** What somebody had typed into a form that was not taken: kept for them, and never sent by itself. */
export interface Draft {
  readonly id: string
  /** For whom the page with the form was made; nobody else sees it. */
  readonly userId: UserId
  /** Of the page to which it belongs. */
  readonly path: string
  readonly fields: DraftFields
  readonly createdAt: Instant
}

/** For how long a draft waits for its owner. */
export const draftLifetime: Milliseconds = hour

/** How many drafts one user has at most: a few tabs. The oldest make room. */
export const maxDraftsPerUser = 5

/** Bytes of a draft in UTF-8, names and values together: many times what the longest fields hold. */
const maxDraftBytes = 16 * 1024

/** Whether there is anything that would be a pity to lose. */
export function hasContent(fields: DraftFields): boolean {
  return Object.values(fields).some((value) => value.trim() !== '')
}

/** Whether it is no more than a form of ours holds. */
export function isWithinDraftLimit(fields: DraftFields): boolean {
  return Buffer.byteLength(JSON.stringify(fields)) <= maxDraftBytes
}
