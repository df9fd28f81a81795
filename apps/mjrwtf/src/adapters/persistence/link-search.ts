import { setImmediate } from 'node:timers/promises'
import type {
  LinkPage,
  LinkPosition,
  ListedLink,
  SearchLinksRequest,
} from '../../application/ports/link-repository.ts'
import type { PageStart } from '../../application/ports/paging.ts'
import { type Database, run } from './database.ts'
import { nearestFirst, readLinks, toPage } from './link-list.ts'
import { toListedLink } from './link-rows.ts'
import { endOf, foldCase, type LinkVolume, selectGrams, toTerm, volumeOf } from './link-terms.ts'

/** Links that one statement reads. */
const batchSize = 100

/** Statements of one search. */
const maxBatches = 16

/** The links that one statement read, nearest first. */
interface Batch {
  readonly links: readonly ListedLink[]
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
  const found: ListedLink[] = []
  let end: LinkPosition | null = null
  let count = 0
  for await (const batch of readBatches(database, request)) {
    found.push(...batch.links.filter(contains(request.query)))
    end = batch.end
    count += 1
    if (found.length > request.limit || count === maxBatches) break
    // Other requests run between two statements.
    await setImmediate()
  }
  return toPage(request, found, end)
}

/** A literal comparison. Links contain ASCII only. */
function contains(query: string): (link: ListedLink) => boolean {
  const text = foldCase(query)
  return ({ shortCode, destination }) =>
    foldCase(shortCode).includes(text) || foldCase(destination).includes(text)
}

async function* readBatches(database: Database, request: SearchLinksRequest) {
  const newest = await readBatch(database, request)
  yield newest
  if (newest.end === null) return
  const direction = request.start?.direction ?? 'older'
  const rest = { ...request, start: { direction, place: newest.end } }
  const grams = selectGrams(request.query)
  yield* grams.length === 0
    ? readAllLinks(database, rest)
    : readCandidates(database, { ...rest, grams })
}

type SearchRest = SearchLinksRequest & { readonly start: PageStart<LinkPosition> }

/** Without the index: the text is too short for it. */
async function* readAllLinks(database: Database, request: SearchRest): AsyncGenerator<Batch> {
  let start = request.start
  while (true) {
    const batch = await readBatch(database, { ...request, start })
    yield batch
    if (batch.end === null) return
    start = { ...start, place: batch.end }
  }
}

async function readBatch(database: Database, request: SearchLinksRequest): Promise<Batch> {
  const links = await readLinks(database, { ...request, limit: batchSize, offset: 0 })
  return { links, end: links.length < batchSize ? null : (links.at(-1)?.position ?? null) }
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
    const links = await readVolume(database, { ...request, start: { direction, place } }, volume)
    const isVolumeRead = links.length < batchSize
    const isLast = isVolumeRead && step * (volume - lastVolume) >= 0
    place = isVolumeRead ? endOf(volume, direction) : (links.at(-1)?.position ?? place)
    yield { links, end: isLast ? null : place }
    if (isLast) return
    if (isVolumeRead) volume += step
  }
}

/** The position of the user's last link in the direction of the search. */
async function lastPosition(database: Database, { ownerId, start }: SearchRest): Promise<number> {
  const oldest = { direction: 'newer', place: 0 } as const
  const from = start.direction === 'older' ? oldest : null
  const [link] = await readLinks(database, { ownerId, limit: 1, start: from, offset: 0 })
  return link?.position ?? start.place
}

async function readVolume(
  { kysely, dialect }: Database,
  { ownerId, grams, start }: CandidatesRequest,
  volume: LinkVolume,
): Promise<readonly ListedLink[]> {
  const terms = grams.map((gram) => toTerm(volume, gram))
  const candidates = dialect.linksWithTerms(terms, { start, limit: batchSize })
  const query = kysely
    .selectFrom(candidates.as('candidates'))
    .crossJoin('links')
    .whereRef('links.position', '=', 'candidates.position')
    .where('links.owner_id', '=', ownerId)
    .where('links.removed_at', 'is', null)
    .selectAll('links')
  return nearestFirst(start, (await run(query.execute())).map(toListedLink))
}
