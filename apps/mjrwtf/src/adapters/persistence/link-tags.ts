import { sql } from 'kysely'
import { type ListTagsRequest, maxTagged, type OwnTag } from '../../application/ports/link-list.ts'
import { type Database, run } from './database.ts'
import { tagKeysOf } from './link-keys.ts'

interface TagRow {
  readonly tag_key: string
  readonly links: number | string
  readonly position: number | string
}

/** Reads the index once for each tag, however many links it has, and counts a limited number of them. */
export async function listTags(
  database: Database,
  request: ListTagsRequest,
): Promise<readonly OwnTag[]> {
  const { rows } = await run(tagsQuery(request).execute(database.kysely))
  const texts = await readTexts(database, request, rows)
  return rows.map(({ tag_key: key, links, position }) => ({
    key,
    tag: texts.get(Number(position))?.get(key) ?? key,
    links: Math.min(Number(links), maxTagged),
    isMinimum: Number(links) > maxTagged,
  }))
}

function tagsQuery({ ownerId, after, limit }: ListTagsRequest) {
  const nextKey = (previous: unknown) => sql`(
    SELECT tag_key FROM link_entries WHERE owner_id = ${ownerId} AND tag_key > ${previous}
    ORDER BY tag_key LIMIT 1)`
  const ofTag = sql`FROM link_entries WHERE owner_id = ${ownerId} AND tag_key = found.tag_key`
  return sql<TagRow>`
    WITH RECURSIVE found (tag_key, number) AS (
      SELECT ${nextKey(after)}, 1
      UNION ALL
      SELECT ${nextKey(sql.ref('found.tag_key'))}, number + 1 FROM found
      WHERE found.tag_key IS NOT NULL AND number < ${limit}
    )
    SELECT tag_key, (SELECT position ${ofTag} LIMIT 1) AS position,
      (SELECT count(*) FROM (SELECT 1 ${ofTag} LIMIT ${maxTagged + 1}) AS counted) AS links
    FROM found WHERE tag_key IS NOT NULL ORDER BY tag_key`
}

/** The tags as typed on one link each, by position and key. */
async function readTexts(
  { kysely }: Database,
  { ownerId }: ListTagsRequest,
  rows: readonly TagRow[],
): Promise<ReadonlyMap<number, ReadonlyMap<string, string>>> {
  if (rows.length === 0) return new Map()
  const positions = rows.map(({ position }) => Number(position))
  const query = kysely
    .selectFrom('links')
    .select(['position', 'tags', 'tag_keys'])
    .where('owner_id', '=', ownerId)
    .where('position', 'in', positions)
  return new Map((await run(query.execute())).map((row) => [Number(row.position), textsOf(row)]))
}

function textsOf(row: { readonly tags: string; readonly tag_keys: string }) {
  const tags: unknown = JSON.parse(row.tags)
  const texts = Array.isArray(tags) ? tags.map(String) : []
  return new Map(tagKeysOf(row).map((key, index) => [key, texts[index] ?? key]))
}
