import type { FoundCode, OwnLink } from '../../application/ports/link-repository.ts'
import { codeKey } from '../../domain/code-key.ts'
import { type Database, run } from './database.ts'
import { type LinkRow, toResolvedLink } from './link-rows.ts'

/** Codes that one lookup reads. More than one of a key exist only from a time when codes could differ by case only. */
const maxCodes = 20

/** See `LinkRepository.findCodes`. The links of a deleted user still exist for a while. */
export async function findCodes(
  { kysely }: Database,
  keys: readonly string[],
): Promise<readonly FoundCode[]> {
  const query = kysely
    .selectFrom('short_codes')
    .leftJoin('links', (join) =>
      join.onRef('links.id', '=', 'short_codes.link_id').on('short_codes.removed_at', 'is', null),
    )
    .leftJoin('users', 'users.id', 'links.owner_id')
    .selectAll('links')
    .select(['short_codes.short_code as code', 'short_codes.code_key as key', 'users.id as user'])
    .where('short_codes.code_key', 'in', keys)
    .orderBy('short_codes.short_code')
    .limit(maxCodes)
  const rows = await run(query.execute())
  return rows.map(({ code, key, user, ...row }) => ({
    code,
    key,
    link: user !== null && isLinkRow(row) ? toResolvedLink(row) : null,
  }))
}

/** Whether a left join found a link. */
function isLinkRow(
  row: { readonly [Column in keyof LinkRow]: LinkRow[Column] | null },
): row is LinkRow {
  return row.id !== null
}

/** Returns the link of the user that has the code, also as a further one, or `undefined`. */
export async function findOwnByAnyCode(
  { kysely }: Database,
  { ownerId, shortCode }: OwnLink,
): Promise<LinkRow | undefined> {
  const query = kysely
    .selectFrom('short_codes')
    .innerJoin('links', 'links.id', 'short_codes.link_id')
    .selectAll('links')
    .select('short_codes.short_code as code')
    .where('short_codes.code_key', '=', codeKey(shortCode))
    .where('short_codes.removed_at', 'is', null)
    .where('links.owner_id', '=', ownerId)
    .where('links.removed_at', 'is', null)
    .limit(maxCodes)
  const rows = await run(query.execute())
  const exact = rows.find(({ code }) => code === shortCode)
  if (exact !== undefined) return exact
  return new Set(rows.map(({ id }) => id)).size === 1 ? rows[0] : undefined
}
