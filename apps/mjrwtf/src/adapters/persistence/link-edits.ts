import type { Selectable } from 'kysely'
import type { LinkEditStamp, OwnLink } from '../../application/ports/link-repository.ts'
import {
  type LinkChange,
  type LinkEdit,
  type LinkEditField,
  type LinkEditValue,
  linkEditFields,
} from '../../domain/link-edit.ts'
import { type Database, run } from './database.ts'
import { type Tables, toInstant } from './tables.ts'

/** The columns that record who edits a link. The trigger of the history reads them. */
export function stampColumns({ dialect }: Database, { at, by }: LinkEditStamp) {
  return { edited_at: dialect.timestamp(at), edited_by: by }
}

/** See `LinkRepository.listEdits`. */
export async function listEdits(
  { kysely }: Database,
  { ownerId, shortCode }: OwnLink,
): Promise<readonly LinkEdit[]> {
  const query = kysely
    .selectFrom('link_edits')
    .innerJoin('links', 'links.id', 'link_edits.link_id')
    .selectAll('link_edits')
    .where('links.short_code', '=', shortCode)
    .where('links.owner_id', '=', ownerId)
    .where('links.removed_at', 'is', null)
    .orderBy('link_edits.number', 'desc')
  return (await run(query.execute())).map(toEdit)
}

/** An edit as stored. */
export function toEdit(row: Selectable<Tables['link_edits']>): LinkEdit {
  return {
    at: toInstant(row.at),
    by: row.edited_by === 'page' || row.edited_by === 'api' ? row.edited_by : null,
    changes: toChanges(row.changes),
  }
}

const columnNames: Readonly<Record<LinkEditField, string>> = {
  shortCode: 'short_code',
  domain: 'domain',
  destination: 'destination',
  title: 'title',
  note: 'note',
  tags: 'tags',
  startsAt: 'starts_at',
  expiresAt: 'expires_at',
  fallbackUrl: 'fallback_url',
  clickLimit: 'click_limit',
  forwardsQuery: 'forwards_query',
  password: 'password_hash',
  archivedAt: 'archived_at',
  takenDownAt: 'taken_down_at',
}

/** Columns of a newer release are left out. */
function toChanges(json: string): readonly LinkChange[] {
  const parsed: unknown = JSON.parse(json)
  const pairs = new Map<string, unknown>(Object.entries(parsed ?? {}))
  return linkEditFields.flatMap((field) => {
    const pair = pairs.get(columnNames[field])
    if (!Array.isArray(pair)) return []
    const [before, after] = pair.map((value) => toValue(field, value))
    return [{ field, before: before ?? null, after: after ?? null }]
  })
}

function toValue(field: LinkEditField, value: unknown): LinkEditValue {
  if (typeof value === 'number') return value
  if (typeof value !== 'string') return null
  if (field !== 'tags') return value
  const tags: unknown = JSON.parse(value)
  return Array.isArray(tags) ? tags.map(String) : []
}
