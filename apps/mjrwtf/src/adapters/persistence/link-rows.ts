import type { Selectable } from 'kysely'
import type { LinkWithClicks, ListedLink } from '../../application/ports/link-repository.ts'
import type { Link } from '../../domain/link.ts'
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
  return { ...toLink(row), clickCount: Number(row.click_count) }
}

export function toListedLink(row: LinkRow): ListedLink {
  return { ...toLinkWithClicks(row), position: Number(row.position) }
}
