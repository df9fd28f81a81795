import { type RawBuilder, sql } from 'kysely'
import type { LinkChange } from '../../application/ports/link-change-repository.ts'
import { type LinkChangeKind, restorableSince } from '../../domain/link-change.ts'
import { tagKey, tagLimits } from '../../domain/tag.ts'
import type { Instant } from '../../domain/time.ts'
import type { Database } from './database.ts'

/** An UPDATE of links: what it sets, and which links are not yet so. */
export interface LinkUpdate {
  readonly set: RawBuilder<unknown>
  readonly where: RawBuilder<unknown>
}

type Tags = Pick<LinkChange, 'tag' | 'newTag'>

const tags = sql.ref('tags')
const keys = sql.ref('tag_keys')

/** The change in SQL. */
export function toUpdate(
  { dialect }: Database,
  { kind, tag, newTag }: Tags & { readonly kind: LinkChangeKind },
  at: Instant,
): LinkUpdate {
  const now = dialect.timestampSql(at)
  const hasTag = dialect.jsonContains(keys, tagKey(tag))
  const without = (list: RawBuilder<unknown>) =>
    dialect.jsonReplace({ list, keys, key: tagKey(tag), value: null })
  const kinds: Readonly<Record<LinkChangeKind, LinkUpdate>> = {
    archive: {
      set: sql`archived_at = ${now}`,
      where: sql`removed_at IS NULL AND archived_at IS NULL`,
    },
    unarchive: {
      set: sql`archived_at = NULL`,
      where: sql`removed_at IS NULL AND archived_at IS NOT NULL`,
    },
    delete: { set: sql`removed_at = ${now}`, where: sql`removed_at IS NULL` },
    restore: {
      set: sql`removed_at = NULL`,
      where: sql`removed_at > ${dialect.timestampSql(restorableSince(at))}`,
    },
    'add-tag': {
      set: sql`tags = ${dialect.jsonAppend(tags, tag)},
        tag_keys = ${dialect.jsonAppend(keys, tagKey(tag))}`,
      where: sql`removed_at IS NULL AND NOT ${hasTag}
        AND ${dialect.jsonLength(keys)} < ${tagLimits.perLink}`,
    },
    'remove-tag': {
      set: sql`tags = ${without(tags)}, tag_keys = ${without(keys)}`,
      where: sql`removed_at IS NULL AND ${hasTag}`,
    },
    'rename-tag': rename(dialect, { tag, newTag }),
  }
  return kinds[kind]
}

/** A link that has both tags keeps the new one only. */
function rename(dialect: Database['dialect'], { tag, newTag }: Tags): LinkUpdate {
  const [from, to] = [tagKey(tag), tagKey(newTag)]
  const hasBoth = from === to ? sql`1 = 0` : dialect.jsonContains(keys, to)
  const renamed = (list: RawBuilder<unknown>, value: string) => sql`CASE
    WHEN ${hasBoth} THEN ${dialect.jsonReplace({ list, keys, key: from, value: null })}
    ELSE ${dialect.jsonReplace({ list, keys, key: from, value })} END`
  return {
    set: sql`tags = ${renamed(tags, newTag)}, tag_keys = ${renamed(keys, to)}`,
    where: sql`removed_at IS NULL AND ${dialect.jsonContains(keys, from)}`,
  }
}
