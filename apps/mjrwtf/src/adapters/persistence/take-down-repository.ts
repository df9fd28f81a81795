import { type RawBuilder, type Selectable, sql } from 'kysely'
import type {
  FoundLink,
  LinkFilter,
  TakeDownRepository,
} from '../../application/ports/take-down-repository.ts'
import { codeKey } from '../../domain/code-key.ts'
import { type Database, type Dialect, run } from './database.ts'
import { behind, newestFirst, sortOrder } from './entry-list.ts'
import { containing } from './like-pattern.ts'
import { toLinkWithClicks } from './link-rows.ts'
import { type Tables, toInstant } from './tables.ts'

/** Finds links of all users, and takes them down. Each decision is one conditional statement. */
export function createTakeDownRepository(database: Database): TakeDownRepository {
  const { kysely, dialect } = database
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
    async findByAnyCode(code) {
      const query = links
        .innerJoin('short_codes', 'short_codes.link_id', 'links.id')
        .select('short_codes.short_code as code')
        .where('short_codes.code_key', '=', codeKey(code))
        .where('short_codes.removed_at', 'is', null)
        .limit(20)
      const rows = await run(query.execute())
      const exact = rows.find((found) => found.code === code)
      if (exact !== undefined) return toFoundLink(exact)
      const [only, ...others] = new Map(rows.map((row) => [row.id, row])).values()
      return only === undefined || others.length > 0 ? null : toFoundLink(only)
    },
    async findById(id) {
      const row = await run(links.where('links.id', '=', id).executeTakeFirst())
      return row === undefined ? null : toFoundLink(row)
    },
    async list({ filter, start, limit }) {
      const order = sortOrder(start)
      const conditions = [
        ...filterConditions(dialect, filter),
        ...behind(dialect, start, 'created_at'),
      ]
      const page = kysely
        .selectFrom('links')
        .selectAll()
        .where((where) => where.and([...conditions]))
        .orderBy('created_at', order)
        .orderBy('id', order)
        .limit(limit + 1)
      // The owner is read for the rows of the page only.
      const query = kysely
        .selectFrom(page.as('links'))
        .innerJoin('users', 'users.id', 'links.owner_id')
        .selectAll('links')
        .select('users.email')
        .orderBy('links.created_at', order)
        .orderBy('links.id', order)
      const rows = await run(query.execute())
      const found = newestFirst(start, rows.slice(0, limit)).map(toFoundLink)
      return { links: found, hasMore: rows.length > limit }
    },
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
    async takeDown(id, { at, reason }) {
      const query = kysely
        .updateTable('links')
        .set({ taken_down_at: dialect.timestamp(at), take_down_reason: reason })
        .where('id', '=', id)
        .where('taken_down_at', 'is', null)
        .returning('id')
      return (await run(query.execute())).length === 1
    },
    async restore(id) {
      const query = kysely
        .updateTable('links')
        .set({ taken_down_at: null, take_down_reason: null })
        .where('id', '=', id)
        .where('taken_down_at', 'is not', null)
        .returning('id')
      return (await run(query.execute())).length === 1
    },
  }
}

function filterConditions(dialect: Dialect, filter: LinkFilter): readonly RawBuilder<boolean>[] {
  if (filter.by === 'owner') return [sql<boolean>`owner_id = ${filter.ownerId}`]
  if (filter.by === 'host') return [sql<boolean>`${dialect.destinationHost()} = ${filter.host}`]
  return []
}

type FoundRow = Selectable<Tables['links']> & { readonly email: string }

function toFoundLink(row: FoundRow): FoundLink {
  const link = toLinkWithClicks(row)
  const removedAt = row.removed_at === null ? null : toInstant(row.removed_at)
  return { ...link, removedAt, ownerEmail: row.email }
}
