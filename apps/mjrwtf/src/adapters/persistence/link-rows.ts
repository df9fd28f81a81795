import type { Selectable } from 'kysely'
import type { LinkPlace, ListedLink } from '../../application/ports/link-list.ts'
import type { LinkWithClicks, ResolvedLink } from '../../application/ports/link-repository.ts'
import type { Link } from '../../domain/link.ts'
import { linkState } from '../../domain/link-state.ts'
import { readTakeDownReason, type TakeDown } from '../../domain/take-down.ts'
import type { Instant } from '../../domain/time.ts'
import { type Tables, type Timestamp, toInstant } from './tables.ts'

export type LinkRow = Selectable<Tables['links']>

export function toLink(row: Omit<LinkRow, 'position'>): Link {
  return {
    id: row.id,
    shortCode: row.short_code,
    destination: row.destination,
    typedDestination: row.typed_destination,
    ownerId: row.owner_id,
    createdAt: toInstant(row.created_at),
    expiresAt: instantOrNull(row.expires_at),
    title: row.title,
    note: row.note,
    tags: readTags(row.tags),
    startsAt: instantOrNull(row.starts_at),
    fallbackUrl: row.fallback_url,
    clickLimit: row.click_limit,
    forwardsQuery: row.forwards_query === 1,
    archivedAt: instantOrNull(row.archived_at),
    hasPassword: row.password_hash !== null,
    domain: row.domain,
  }
}

export function toResolvedLink(row: LinkRow): ResolvedLink {
  const { admitted_clicks: admittedClicks, password_hash: passwordHash } = row
  const removedAt = instantOrNull(row.removed_at)
  return { ...toLink(row), removedAt, takeDown: toTakeDown(row), admittedClicks, passwordHash }
}

/** PostgreSQL returns a bigint as text. */
export function toLinkWithClicks(row: LinkRow): LinkWithClicks {
  const { click_count: clicks, admitted_clicks: admittedClicks } = row
  return { ...toLink(row), clickCount: Number(clicks), admittedClicks, takeDown: toTakeDown(row) }
}

export function toTakeDown(
  row: Pick<LinkRow, 'taken_down_at' | 'take_down_reason'>,
): TakeDown | null {
  if (row.taken_down_at === null) return null
  return { at: toInstant(row.taken_down_at), reason: readTakeDownReason(row.take_down_reason) }
}

interface ListPlace {
  readonly now: Instant
  readonly place: LinkPlace
}

export function toListedLink(row: LinkRow, { now, place }: ListPlace): ListedLink {
  const link = toLinkWithClicks(row)
  const state = linkState(link, now)
  return { ...link, state, place }
}

function instantOrNull(timestamp: Timestamp | null): Instant | null {
  return timestamp === null ? null : toInstant(timestamp)
}

function readTags(json: string): readonly string[] {
  const tags: unknown = JSON.parse(json)
  return Array.isArray(tags) ? tags.map(String) : []
}
