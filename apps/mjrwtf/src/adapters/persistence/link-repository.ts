import { type ExpressionBuilder, type Insertable, sql } from 'kysely'
import type { LinkLists } from '../../application/ports/link-list.ts'
import type {
  LinkChanges,
  LinkRepository,
  NewLink,
  OwnLink,
} from '../../application/ports/link-repository.ts'
import { codeKey } from '../../domain/code-key.ts'
import type { Instant } from '../../domain/time.ts'
import { type Database, type Dialect, run, runUnlessForeignKeyViolation } from './database.ts'
import { addCode, listCodes, removeCode } from './link-code-changes.ts'
import { findCodes, findOwnByAnyCode } from './link-codes.ts'
import { listEdits, stampColumns } from './link-edits.ts'
import { toAddedKeys, toChangedKeys } from './link-keys.ts'
import { countListed, listLinks } from './link-list.ts'
import { toLinkWithClicks, toResolvedLink } from './link-rows.ts'
import { searchLinks } from './link-search.ts'
import { listTags } from './link-tags.ts'
import type { Tables, Timestamp } from './tables.ts'

/** Stores links. Every query that shows a link to a user or changes one includes its owner. */
export function createLinkRepository(database: Database): LinkRepository & LinkLists {
  const { kysely, dialect } = database
  const allLinks = kysely.selectFrom('links').selectAll()

  return {
    async add(link) {
      const query = kysely
        .insertInto('links')
        .values(toLinkRow(database, link))
        .onConflict((conflict) => conflict.column('short_code').doNothing())
        .returning('id')
      const added = await runUnlessForeignKeyViolation(query.execute())
      if (added === null) return 'owner-deleted'
      return added.length === 1 ? 'added' : 'short-code-taken'
    },
    async resolve(shortCode) {
      // The links of a deleted user still exist for a while.
      const query = kysely
        .selectFrom('links')
        .innerJoin('users', 'users.id', 'links.owner_id')
        .selectAll('links')
        .where('short_code', '=', shortCode)
      const row = await run(query.executeTakeFirst())
      return row === undefined ? null : toResolvedLink(row)
    },
    findCodes: (keys) => findCodes(database, keys),
    async findOwn(own) {
      const row =
        (await run(allLinks.where(isOwn(own)).executeTakeFirst())) ??
        (await findOwnByAnyCode(database, own))
      return row === undefined ? null : toLinkWithClicks(row)
    },
    list: (request) => listLinks(database, request),
    search: (request) => searchLinks(database, request),
    countListed: (ownerId, filter) => countListed(database, ownerId, filter),
    listTags: (request) => listTags(database, request),
    async count(ownerId) {
      const query = kysely
        .selectFrom('link_totals')
        .select(['links', 'clicks'])
        .where('owner_id', '=', ownerId)
      const totals = await run(query.executeTakeFirst())
      return { links: Number(totals?.links ?? 0), clicks: Number(totals?.clicks ?? 0) }
    },
    async edit(own, changes, stamp) {
      const query = kysely
        .updateTable('links')
        // Sets `short_code` to itself, so that an edit without changes still updates a row.
        .set((row) => ({
          short_code: row.ref('short_code'),
          ...toChangedColumns(database, changes),
          ...(stamp === undefined ? {} : stampColumns(database, stamp)),
          ...countsFrom(row, dialect, changes),
        }))
        .where(isOwn(own))
        .where('taken_down_at', 'is', null)
        .returning('id')
      return (await run(query.execute())).length === 1
    },
    async setArchived(own, isArchived, stamp) {
      const query = kysely
        .updateTable('links')
        .set({
          archived_at: isArchived
            ? sql<Timestamp>`coalesce(archived_at, ${dialect.timestampSql(stamp.at)})`
            : null,
          ...stampColumns(database, stamp),
        })
        .where(isOwn(own))
        .returning('id')
      return (await run(query.execute())).length === 1
    },
    listEdits: (own) => listEdits(database, own),
    async admit(id) {
      const query = kysely
        .updateTable('links')
        .set((row) => ({ admitted_clicks: row('admitted_clicks', '+', 1) }))
        .where('id', '=', id)
        .where('removed_at', 'is', null)
        .where('taken_down_at', 'is', null)
        // The condition and the change are one statement, so no two visits take the last place.
        .where((row) =>
          row.or([
            row('click_limit', 'is', null),
            row('admitted_clicks', '<', row.ref('click_limit')),
          ]),
        )
        .returning('id')
      return (await run(query.execute())).length === 1
    },
    listCodes: (link) => listCodes(database, link),
    addCode: (link, added) => addCode(database, link, added),
    removeCode: (link, code, at) => removeCode(database, link, { code, at }),
    async remove(own, at) {
      const query = kysely
        .updateTable('links')
        .set({ removed_at: dialect.timestamp(at) })
        .where(isOwn(own))
        .returning('id')
      return (await run(query.execute())).length === 1
    },
  }
}

type Where = ExpressionBuilder<Tables, 'links'>

function isOwn({ ownerId, shortCode }: OwnLink) {
  return (where: Where) =>
    where.and([
      where('short_code', '=', shortCode),
      where('owner_id', '=', ownerId),
      where('removed_at', 'is', null),
    ])
}

/** Clicks before the limit count too, as the user sees them in the count of clicks. */
function countsFrom(row: Where, { greatest }: Dialect, { clickLimit }: LinkChanges) {
  if (typeof clickLimit !== 'number') return {}
  const counted = greatest(sql.ref('admitted_clicks'), sql.ref('click_count'))
  const admitted = row
    .case()
    .when('click_limit', 'is', null)
    .then(sql<number>`${counted}`)
    .else(row.ref('admitted_clicks'))
    .end()
  return { admitted_clicks: admitted }
}

export function toLinkRow({ dialect }: Database, link: NewLink): Insertable<Tables['links']> {
  return {
    id: link.id,
    short_code: link.shortCode,
    destination: link.destination,
    typed_destination: link.typedDestination,
    owner_id: link.ownerId,
    created_at: dialect.timestamp(link.createdAt),
    expires_at: link.expiresAt === null ? null : dialect.timestamp(link.expiresAt),
    removed_at: null,
    click_count: 0,
    title: link.title,
    note: link.note,
    tags: JSON.stringify(link.tags),
    starts_at: link.startsAt === null ? null : dialect.timestamp(link.startsAt),
    fallback_url: link.fallbackUrl,
    click_limit: link.clickLimit,
    password_hash: link.passwordHash ?? null,
    forwards_query: link.forwardsQuery ? 1 : 0,
    archived_at: link.archivedAt === null ? null : dialect.timestamp(link.archivedAt),
    domain: link.domain,
    code_key: codeKey(link.shortCode),
    ...toAddedKeys(link),
  }
}

/** Kysely does not update columns whose value is `undefined`. */
function toChangedColumns({ dialect }: Database, changes: LinkChanges) {
  const timestamp = (instant: Instant | null | undefined) =>
    typeof instant === 'number' ? dialect.timestamp(instant) : instant
  const { destination, title, note, tags, forwardsQuery } = changes
  return {
    destination,
    typed_destination: changes.typedDestination,
    title,
    note,
    tags: tags === undefined ? undefined : JSON.stringify(tags),
    expires_at: timestamp(changes.expiresAt),
    starts_at: timestamp(changes.startsAt),
    fallback_url: changes.fallbackUrl,
    click_limit: changes.clickLimit,
    password_hash: changes.passwordHash,
    forwards_query: forwardsQuery === undefined ? undefined : Number(forwardsQuery),
    ...toChangedKeys(changes),
  }
}
