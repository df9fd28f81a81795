import { setImmediate } from 'node:timers/promises'
import type {
  LinkPage,
  LinkPosition,
  LinkSortKey,
  SearchLinksRequest,
} from '../../application/ports/link-list.ts'
import type { PageStart } from '../../application/ports/paging.ts'
import { foldText } from '../../domain/fold-text.ts'
import { linkState } from '../../domain/link-state.ts'
import { type Database, run } from './database.ts'
import { type PlacedRow, readEntryRows, statesOf, toPage } from './link-entries.ts'
import { containsText, sortName, tagKeysOf } from './link-keys.ts'
import { isInRange } from './link-list.ts'
import { type LinkRow, toLinkWithClicks } from './link-rows.ts'
import { type Conditions, listSorted, sortFrom } from './link-sorted.ts'
import { endOf, type LinkVolume, selectGrams, toTerm, volumeOf } from './link-terms.ts'

/** Links that one statement reads. */
const batchSize = 100

/** Statements of one search. */
const maxBatches = 16

/** Statements that look for all links of a sorted search, besides those of the sorted list. */
const maxSortedBatches = 10

/** Which links of a user are read, in the order in which they were added. */
interface TextSearch {
  readonly ownerId: string
  readonly text: string
  readonly start: PageStart<LinkPosition> | null
}

/** The links that one statement read, nearest first. */
interface Batch {
  readonly rows: readonly LinkRow[]
  /** Where the search continues, or `null` at the end. */
  readonly end: LinkPosition | null
}

/**
 * Searches in batches, so that neither the links nor the text of a query determine how long a statement runs: an index
 * selects candidates, and this process compares their text. The first batch is read without the index, because the
 * newest links often fill the page.
 */
export async function searchLinks(
  database: Database,
  request: SearchLinksRequest,
): Promise<LinkPage> {
  if (request.sort.by !== 'created') {
    return listSorted(database, request, matchesOf(database, request))
  }
  const { found, end } = await findMatches(database, request, maxBatches)
  const key = found.at(-1)?.place.key ?? 0
  return toPage(request, found, end === null ? null : { key, position: end })
}

function matchesOf(database: Database, request: SearchLinksRequest): Conditions {
  const { ownerId } = request
  const matches = createMatcher(request)
  return {
    batchSize,
    maxBatches,
    select: async (entries) =>
      (await readEntryRows(database, ownerId, entries)).filter(({ row }) => matches(row)),
    async selectAll() {
      const sort = { by: 'created', isDescending: true } as const
      const all = { ...request, sort, start: null, limit: maxSortedBatches * batchSize }
      const { found, end } = await findMatches(database, all, maxSortedBatches)
      const placed = found.map(({ row }) => ({ row, place: placeOf(row, request.sort.by) }))
      return end === null ? sortFrom(request, placed) : null
    },
  }
}

/** Links in the order in which they were added, or the opposite one: at most one more than the limit, if it ends early. */
async function findMatches(
  database: Database,
  request: SearchLinksRequest,
  maxStatements: number,
): Promise<{ readonly found: readonly PlacedRow[]; readonly end: LinkPosition | null }> {
  const found: PlacedRow[] = []
  const matches = createMatcher(request)
  let end: LinkPosition | null = null
  let count = 0
  for await (const batch of readBatches(database, toTextSearch(request))) {
    const rows = batch.rows.filter(matches)
    found.push(...rows.map((row) => ({ row, place: placeOf(row, 'created') })))
    end = batch.end
    count += 1
    if (found.length > request.limit || count === maxStatements) break
    // Other requests run between two statements.
    await setImmediate()
  }
  return { found, end }
}

/** An ascending list is read from its oldest link on. */
function toTextSearch({ ownerId, query, sort, start }: SearchLinksRequest): TextSearch {
  const text = foldText(query)
  const isForward = start?.direction !== 'newer'
  const direction = sort.isDescending === isForward ? 'older' : 'newer'
  if (start !== null) return { ownerId, text, start: { direction, place: start.place.position } }
  return { ownerId, text, start: direction === 'older' ? null : { direction, place: 0 } }
}

function createMatcher({ query, filter, now }: SearchLinksRequest): (row: LinkRow) => boolean {
  const text = foldText(query)
  const states = statesOf(filter)
  return (row) => {
    const link = toLinkWithClicks(row)
    const state = linkState({ ...link, admittedClicks: row.admitted_clicks }, now)
    const hasTag = filter.tag === null || tagKeysOf(row).includes(filter.tag)
    return states.includes(state) && hasTag && isInRange(filter, link) && containsText(row, text)
  }
}

function placeOf(row: LinkRow, by: LinkSortKey) {
  const { createdAt, clickCount } = toLinkWithClicks(row)
  const key = { created: createdAt, clicks: clickCount, title: sortName(row) }[by]
  return { key, position: Number(row.position) }
}

async function* readBatches(database: Database, search: TextSearch): AsyncGenerator<Batch> {
  const newest = await readBatch(database, search)
  yield newest
  if (newest.end === null) return
  const direction = search.start?.direction ?? 'older'
  const rest = { ...search, start: { direction, place: newest.end } }
  const grams = selectGrams(search.text)
  yield* grams.length === 0
    ? readAllLinks(database, rest)
    : readCandidates(database, { ...rest, grams })
}

type SearchRest = TextSearch & { readonly start: PageStart<LinkPosition> }

/** Without the index: the text is too short for it. */
async function* readAllLinks(database: Database, search: SearchRest): AsyncGenerator<Batch> {
  let start = search.start
  while (true) {
    const batch = await readBatch(database, { ...search, start })
    yield batch
    if (batch.end === null) return
    start = { ...start, place: batch.end }
  }
}

async function readBatch(database: Database, search: TextSearch): Promise<Batch> {
  const rows = await readAdded(database, search, batchSize)
  return { rows, end: rows.length < batchSize ? null : positionOf(rows.at(-1)) }
}

function positionOf(row: LinkRow | undefined): LinkPosition | null {
  return row === undefined ? null : Number(row.position)
}

/** The links nearest to the start. */
async function readAdded(
  { kysely }: Database,
  { ownerId, start }: TextSearch,
  limit: number,
): Promise<readonly LinkRow[]> {
  const isNewer = start?.direction === 'newer'
  const query = kysely
    .selectFrom('links')
    .selectAll()
    .where('owner_id', '=', ownerId)
    .where('removed_at', 'is', null)
    .$if(start !== null, (links) => links.where('position', isNewer ? '>' : '<', start?.place ?? 0))
    .orderBy('position', isNewer ? 'asc' : 'desc')
    .limit(limit)
  return run(query.execute())
}

type CandidatesRequest = SearchRest & { readonly grams: readonly number[] }

/** Reads the links that have the terms of the query, volume by volume. */
async function* readCandidates(
  database: Database,
  request: CandidatesRequest,
): AsyncGenerator<Batch> {
  const { direction } = request.start
  const step = direction === 'older' ? -1 : 1
  const lastVolume = volumeOf(await lastPosition(database, request))
  let { place } = request.start
  let volume = volumeOf(place)
  while (true) {
    const rows = await readVolume(database, { ...request, start: { direction, place } }, volume)
    const isVolumeRead = rows.length < batchSize
    const isLast = isVolumeRead && step * (volume - lastVolume) >= 0
    place = isVolumeRead ? endOf(volume, direction) : (positionOf(rows.at(-1)) ?? place)
    yield { rows, end: isLast ? null : place }
    if (isLast) return
    if (isVolumeRead) volume += step
  }
}

/** The position of the user's last link in the direction of the search. */
async function lastPosition(database: Database, search: SearchRest): Promise<number> {
  const oldest = { direction: 'newer', place: 0 } as const
  const start = search.start.direction === 'older' ? oldest : null
  const [link] = await readAdded(database, { ...search, start }, 1)
  return positionOf(link) ?? search.start.place
}

async function readVolume(
  { kysely, dialect }: Database,
  { ownerId, grams, start }: CandidatesRequest,
  volume: LinkVolume,
): Promise<readonly LinkRow[]> {
  const terms = grams.map((gram) => toTerm(volume, gram))
  const candidates = dialect.linksWithTerms(terms, { start, limit: batchSize })
  const query = kysely
    .selectFrom(candidates.as('candidates'))
    .crossJoin('links')
    .whereRef('links.position', '=', 'candidates.position')
    .where('links.owner_id', '=', ownerId)
    .where('links.removed_at', 'is', null)
    .selectAll('links')
  const rows = await run(query.execute())
  const sign = start.direction === 'newer' ? 1 : -1
  // Sorts here, because a join has no order.
  return rows.toSorted((one, other) => sign * (Number(one.position) - Number(other.position)))
}
