import { type RawBuilder, type Selectable, sql } from 'kysely'
import type {
  ChangeSelection,
  ChosenLinks,
  LinkChange,
  LinkChangeRepository,
  RemovedLink,
  RemovedLinksRequest,
  StoredLinkChange,
} from '../../application/ports/link-change-repository.ts'
import { RepositoryError } from '../../application/ports/repository-error.ts'
import { type LinkChangeKind, linkChangeKinds, opposites } from '../../domain/link-change.ts'
import { linkStates } from '../../domain/link-state.ts'
import { type Database, run, runUnlessForeignKeyViolation } from './database.ts'
import { deleteOlder } from './delete-batch.ts'
import { toUpdate } from './link-change-sql.ts'
import { toLink } from './link-rows.ts'
import { type Tables, toInstant } from './tables.ts'

/** Changes that are stored for each user. */
const maxChanges = 20

export function createLinkChangeRepository(database: Database): LinkChangeRepository {
  const { kysely, dialect } = database

  async function update(
    change: LinkChange,
    kind: LinkChangeKind,
    { chosen, at, last }: { chosen: RawBuilder<unknown>; at: number; last: string | null },
  ): Promise<number> {
    const { set, where } = toUpdate(database, { ...change, kind }, at)
    const query = sql`
      WITH chosen AS (
        SELECT id FROM links WHERE owner_id = ${change.ownerId} AND ${chosen}
        ORDER BY id ${dialect.lockForUpdate()}
      )
      UPDATE links SET ${set}, last_change = ${last}, listed_at = ${dialect.timestampSql(at)}
      WHERE id IN (SELECT id FROM chosen) AND ${where}`
    return Number((await run(query.execute(kysely))).numAffectedRows ?? 0)
  }

  /** Links that the change changed last. */
  async function idsOf(
    { ownerId, id }: Pick<LinkChange, 'ownerId' | 'id'>,
    limit: number,
  ): Promise<readonly string[]> {
    const query = kysely
      .selectFrom('links')
      .select('id')
      .where('owner_id', '=', ownerId)
      .where('last_change', '=', id)
      .limit(limit)
    return (await run(query.execute())).map((link) => link.id)
  }

  return {
    async add(change) {
      const row = {
        id: change.id,
        owner_id: change.ownerId,
        kind: change.kind,
        tag: change.tag,
        new_tag: change.newTag,
        filter: JSON.stringify(change.selection),
        created_at: dialect.timestamp(change.createdAt),
        next_place: JSON.stringify(change.next),
        links: 0,
        undone_at: null,
      }
      const added = await runUnlessForeignKeyViolation(
        kysely.insertInto('link_changes').values(row).returning('id').execute(),
      )
      if (added === null) return false
      const condition = sql`owner_id = ${change.ownerId}`
      await deleteOlder(database, {
        table: 'link_changes',
        keyColumn: 'id',
        condition,
        keep: maxChanges,
      })
      return true
    },
    async find(ownerId, id) {
      const query = kysely
        .selectFrom('link_changes')
        .selectAll()
        .where('owner_id', '=', ownerId)
        .where('id', '=', id)
      const row = await run(query.executeTakeFirst())
      if (row === undefined) return null
      return toChange(row, (await idsOf({ ownerId, id }, 1)).length > 0)
    },
    apply(change, links, at) {
      return update(change, change.kind, { chosen: toCondition(links), at, last: change.id })
    },
    async advance({ id, next }, step) {
      const from = JSON.stringify(next)
      const query = sql`
        UPDATE link_changes SET links = links + ${step.links},
          next_place = CASE WHEN next_place = ${from} THEN ${JSON.stringify(step.next)}
            ELSE next_place END
        WHERE id = ${id}`
      await run(query.execute(kysely))
    },
    async startUndo({ id, ownerId }, at) {
      const query = kysely
        .updateTable('link_changes')
        .set({ undone_at: dialect.timestamp(at), next_place: 'null' })
        .where('id', '=', id)
        .where('owner_id', '=', ownerId)
      await run(query.execute())
    },
    async undo(change, at, limit) {
      const opposite = opposites[change.kind]
      if (opposite === null) return 0
      const ids = await idsOf(change, limit)
      if (ids.length === 0) return 0
      await update(change, opposite, { chosen: toCondition({ ids }), at, last: null })
      // Also those that a later change of one link has already changed back.
      const forget = kysely
        .updateTable('links')
        .set({ last_change: null })
        .where('id', 'in', ids)
        .where('last_change', '=', change.id)
      await run(forget.execute())
      return ids.length
    },
    async listRemoved(request) {
      return (await run(removedQuery(database, request).execute())).map((row): RemovedLink => {
        const removedAt = toInstant(row.removed_at ?? 0)
        const place = { key: removedAt, position: Number(row.position) }
        return { ...toLink(row), removedAt, place }
      })
    },
  }
}

function toCondition(links: ChosenLinks): RawBuilder<unknown> {
  return 'ids' in links
    ? sql`id IN (${sql.join(links.ids)})`
    : sql`short_code IN (${sql.join(links.shortCodes)})`
}

function removedQuery(
  { kysely, dialect }: Database,
  { ownerId, removedSince, limit, start }: RemovedLinksRequest,
) {
  const isNewer = start?.direction === 'newer'
  const after = sql.raw(isNewer ? '>' : '<')
  return kysely
    .selectFrom('links')
    .selectAll()
    .where('owner_id', '=', ownerId)
    .where('removed_at', '>', dialect.timestamp(removedSince))
    .$if(start !== null, (links) =>
      links.where(sql<boolean>`(removed_at, position) ${after} (
        ${dialect.timestampSql(Number(start?.place.key ?? 0))}, ${start?.place.position ?? 0})`),
    )
    .orderBy('removed_at', isNewer ? 'asc' : 'desc')
    .orderBy('position', isNewer ? 'asc' : 'desc')
    .limit(limit)
}

const listedStates = [...linkStates, 'any'] as const

function parseSelection(json: string): ChangeSelection {
  const selection: unknown = JSON.parse(json)
  const filter = fieldOf(selection, 'filter')
  return {
    query: textOrNull(fieldOf(selection, 'query')) ?? '',
    filter: {
      tag: textOrNull(fieldOf(filter, 'tag')),
      state: listedStates.find((state) => state === fieldOf(filter, 'state')) ?? null,
      createdFrom: numberOrNull(fieldOf(filter, 'createdFrom')),
      createdBefore: numberOrNull(fieldOf(filter, 'createdBefore')),
    },
  }
}

function parseNext(json: string): LinkChange['next'] {
  const next: unknown = JSON.parse(json)
  if (next === null || next === 'start') return next
  const key = numberOrNull(fieldOf(next, 'key'))
  const position = numberOrNull(fieldOf(next, 'position'))
  return key === null || position === null ? null : { key, position }
}

function parseKind(text: string): LinkChangeKind {
  const kind = linkChangeKinds.find((each) => each === text)
  if (kind === undefined) throw new RepositoryError('A change of links has an unknown kind.')
  return kind
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : null
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}

function toChange(row: Selectable<Tables['link_changes']>, hasLinks: boolean): StoredLinkChange {
  return {
    id: row.id,
    ownerId: row.owner_id,
    kind: parseKind(row.kind),
    tag: row.tag,
    newTag: row.new_tag,
    selection: parseSelection(row.filter),
    createdAt: toInstant(row.created_at),
    next: parseNext(row.next_place),
    links: Number(row.links),
    undoneAt: row.undone_at === null ? null : toInstant(row.undone_at),
    hasLinks,
  }
}
