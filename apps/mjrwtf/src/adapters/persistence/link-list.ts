import { sql } from 'kysely'
import type {
  LinkCount,
  LinkFilter,
  LinkPage,
  ListLinksRequest,
} from '../../application/ports/link-list.ts'
import { RepositoryError } from '../../application/ports/repository-error.ts'
import type { Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'
import { type Database, run } from './database.ts'
import {
  type EntriesRequest,
  type LinkEntry,
  readEntries,
  readEntryRows,
  readRange,
  toPage,
} from './link-entries.ts'
import { type Conditions, listSorted, sortFrom } from './link-sorted.ts'

export async function listLinks(database: Database, request: ListLinksRequest): Promise<LinkPage> {
  await refreshStates(database, request)
  const { ownerId, filter, sort, limit, offset } = request
  if (hasRange(filter) && sort.by !== 'created') {
    const whole = { ...request, limit: limit + offset }
    const page = await listSorted(database, whole, inRangeOf(database, whole))
    return { ...page, links: page.links.slice(offset) }
  }
  const entries = await readEntries(database, request, { limit: limit + 1, offset })
  const rows = await readEntryRows(database, ownerId, entries.slice(0, limit))
  const next = entries.length > limit ? (entries[limit - 1]?.place ?? null) : null
  return toPage(request, rows, next)
}

/** Links that are counted and sorted, at most. */
const maxCounted = 1_000

function inRangeOf(database: Database, request: ListLinksRequest): Conditions {
  const { ownerId, filter } = request
  return {
    batchSize: 1_000,
    maxBatches: 4,
    select: (entries, missing) =>
      readEntryRows(
        database,
        ownerId,
        entries.filter((entry) => isInRange(filter, entry)).slice(0, missing),
      ),
    async selectAll() {
      const entries = await readRange(database, request, maxCounted + 1)
      if (entries.length > maxCounted) return null
      return readEntryRows(database, ownerId, sortFrom(request, entries))
    },
  }
}

function hasRange({ createdFrom, createdBefore }: LinkFilter): boolean {
  return createdFrom !== null || createdBefore !== null
}

/** Whether the link was created in the range of the filter. */
export function isInRange(
  { createdFrom, createdBefore }: LinkFilter,
  { createdAt }: Pick<LinkEntry, 'createdAt'>,
): boolean {
  if (createdFrom !== null && createdAt < createdFrom) return false
  return createdBefore === null || createdAt < createdBefore
}

export async function countListed(
  database: Database,
  ownerId: UserId,
  filter: LinkFilter,
): Promise<LinkCount> {
  const sort = { by: 'created', isDescending: true } as const
  const request: EntriesRequest = { ownerId, filter, sort, start: null }
  const links = (await readRange(database, request, maxCounted + 1)).length
  return { links: Math.min(links, maxCounted), isMinimum: links > maxCounted }
}

/** Links per statement, which blocks the process on SQLite, and statements per list. */
const refreshBatch = 200
const maxRefreshes = 5

/**
 * Computes the states of links that have started or ended since they were computed. Many links that end at once are
 * computed by the next lists, and are listed with their old state until then.
 */
async function refreshStates(
  database: Database,
  { ownerId, filter, now }: ListLinksRequest,
): Promise<void> {
  const { state } = filter
  if (state !== 'active' && state !== 'scheduled' && state !== 'ended') return
  for (let batch = 0; batch < maxRefreshes; batch += 1) {
    if ((await refreshBatchOf(database, { ownerId, now })) < refreshBatch) return
  }
}

interface RefreshRequest {
  readonly ownerId: UserId
  readonly now: Instant
}

/** Returns how many links it has computed. */
async function refreshBatchOf(
  { kysely, dialect }: Database,
  { ownerId, now }: RefreshRequest,
): Promise<number> {
  const at = dialect.timestampSql(now)
  const due = kysely
    .selectFrom('link_entries')
    .select('position')
    .where('owner_id', '=', ownerId)
    .where('due_at', '<=', dialect.timestamp(now))
    .orderBy('due_at')
    .limit(refreshBatch)
  // A write of no rows would wait for other writes all the same.
  const positions = (await run(due.execute())).map(({ position }) => Number(position))
  if (positions.length === 0) return 0
  const query = sql`
    WITH due AS (
      SELECT id FROM links WHERE owner_id = ${ownerId} AND removed_at IS NULL
        AND position IN (${sql.join(positions)}) ${dialect.lockForDeletion()}
    )
    UPDATE links SET listed_at = ${at} WHERE id IN (SELECT id FROM due)`
  try {
    await run(query.execute(kysely))
    return positions.length
  } catch (error) {
    // The list is shown with the states that are stored.
    if (error instanceof RepositoryError && error.code === 'database-read-only') return 0
    throw error
  }
}
