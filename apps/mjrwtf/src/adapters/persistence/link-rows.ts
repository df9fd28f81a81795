import type { Selectable } from 'kysely'
import type { LinkWithClicks, ListedLink } from '../../application/ports/link-repository.ts'
import type { Link } from '../../domain/link.ts'
import { readTakeDownReason, type TakeDown } from '../../domain/take-down.ts'
import { type Tables, toInstant } from './tables.ts'

export type LinkRow = Selectable<Tables['links']>

export function toLink(row: Omit<LinkRow, 'position'>): Link {
  return {
    id: row.id,
    shortCode: row.short_code,
    destination: row.destination,
    ownerId: row.owner_id,
    createdAt: toInstant(row.created_at),
    expiresAt: row.expires_at === null ? null : toInstant(row.expires_at),
  }
}

/** PostgreSQL returns a bigint as text. */
export function toLinkWithClicks(row: LinkRow): LinkWithClicks {
  return { ...toLink(row), clickCount: Number(row.click_count), takeDown: toTakeDown(row) }
}

export function toTakeDown(
  row: Pick<LinkRow, 'taken_down_at' | 'take_down_reason'>,
): TakeDown | null {
  if (row.taken_down_at === null) return null
  return { at: toInstant(row.taken_down_at), reason: readTakeDownReason(row.take_down_reason) }
}

export function toListedLink(row: LinkRow): ListedLink {
  return { ...toLinkWithClicks(row), position: Number(row.position) }
}
