import { type Selectable, sql } from 'kysely'
import type { FoundLink, TakeDownRepository } from '../../application/ports/take-down-repository.ts'
import { type Database, run } from './database.ts'
import { containing } from './like-pattern.ts'
import { toLinkWithClicks } from './link-rows.ts'
import { type Tables, toInstant } from './tables.ts'

/** Finds links of all users, and takes them down. Each decision is one conditional statement. */
export function createTakeDownRepository({ kysely, dialect }: Database): TakeDownRepository {
  const links = kysely
    .selectFrom('links')
    .innerJoin('users', 'users.id', 'links.owner_id')
    .selectAll('links')
    .select('users.email')

  async function findByCode(shortCode: string): Promise<FoundLink | null> {
    const row = await run(links.where('short_code', '=', shortCode).executeTakeFirst())
    return row === undefined ? null : toFoundLink(row)
  }

  return {
    findByCode,
    async find({ text, limit }) {
      const exact = await findByCode(text)
      const contains = sql<boolean>`lower(destination) LIKE ${containing(text)} ESCAPE '\\'`
      const query = links
        .where(contains)
        .where('short_code', '<>', text)
        .orderBy('links.created_at', 'desc')
        .orderBy('links.id')
        .limit(limit)
      const found = (await run(query.execute())).map(toFoundLink)
      return [exact ?? [], found].flat().slice(0, limit)
    },
    async takeDown(shortCode, { at, reason }) {
      const query = kysely
        .updateTable('links')
        .set({ taken_down_at: dialect.timestamp(at), take_down_reason: reason })
        .where('short_code', '=', shortCode)
        .where('taken_down_at', 'is', null)
        .returning('id')
      return (await run(query.execute())).length === 1
    },
    async restore(shortCode) {
      const query = kysely
        .updateTable('links')
        .set({ taken_down_at: null, take_down_reason: null })
        .where('short_code', '=', shortCode)
        .where('taken_down_at', 'is not', null)
        .returning('id')
      return (await run(query.execute())).length === 1
    },
  }
}

type FoundRow = Selectable<Tables['links']> & { readonly email: string }

function toFoundLink(row: FoundRow): FoundLink {
  const { id: _, ...link } = toLinkWithClicks(row)
  const removedAt = row.removed_at === null ? null : toInstant(row.removed_at)
  return { ...link, removedAt, ownerEmail: row.email }
}
