import { setImmediate } from 'node:timers/promises'
import type { LinkPage, LinkPlace, ListLinksRequest } from '../../application/ports/link-list.ts'
import type { Database } from './database.ts'
import {
  isReadDescending,
  type LinkEntry,
  type PlacedRow,
  readEntries,
  toPage,
} from './link-entries.ts'

type SortedRequest = Omit<ListLinksRequest, 'offset'>

/** Conditions that the index of a list does not have. */
export interface Conditions {
  /** The entries' links that fulfill the conditions, in their order. Reads at most `missing` links for their sake. */
  select(entries: readonly LinkEntry[], missing: number): Promise<readonly PlacedRow[]>
  /** All links that fulfill the conditions, nearest first and behind the start, or `null` if they are many. */
  selectAll(): Promise<readonly PlacedRow[] | null>
  /** Entries that one statement reads, and statements. */
  readonly batchSize: number
  readonly maxBatches: number
}

/** The first batch is small: the links at the start often fill the page. */
const firstBatch = 100

/**
 * Lists links whose index is sorted, but does not have the conditions. Few links that fulfill them are all read and sorted.
 * Of many, the next ones in the list are soon found.
 */
export async function listSorted(
  database: Database,
  request: SortedRequest,
  conditions: Conditions,
): Promise<LinkPage> {
  const found: PlacedRow[] = []
  let { start } = request
  for (let batch = 0; batch < conditions.maxBatches; batch += 1) {
    const limit = batch === 0 ? firstBatch : conditions.batchSize
    const entries = await readEntries(database, { ...request, start }, { limit, offset: 0 })
    found.push(...(await conditions.select(entries, request.limit + 1 - found.length)))
    start = entries.length < limit ? null : startBehind(request, entries)
    if (found.length > request.limit || start === null) break
    const all = batch === 0 ? await conditions.selectAll() : null
    if (all !== null) return toPage(request, all, null)
    // Other requests run between two statements.
    await setImmediate()
  }
  return toPage(request, found, start?.place ?? null)
}

function startBehind({ start }: SortedRequest, entries: readonly LinkEntry[]) {
  const last = entries.at(-1)
  return last === undefined
    ? null
    : { direction: start?.direction ?? ('older' as const), place: last.place }
}

/** Sorts links as the index does, and omits those before the start. */
export function sortFrom<Placed extends { readonly place: LinkPlace }>(
  request: SortedRequest,
  links: readonly Placed[],
): readonly Placed[] {
  const sign = isReadDescending(request) ? -1 : 1
  const compare = (one: LinkPlace, other: LinkPlace) => sign * comparePlaces(one, other)
  const { start } = request
  return links
    .filter(({ place }) => start === null || compare(place, start.place) > 0)
    .toSorted((one, other) => compare(one.place, other.place))
    .slice(0, request.limit + 1)
}

function comparePlaces(one: LinkPlace, other: LinkPlace): number {
  return compareKeys(one.key, other.key) || one.position - other.position
}

/** Texts by code points, as the databases do. */
function compareKeys(one: LinkPlace['key'], other: LinkPlace['key']): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other
  return Buffer.compare(Buffer.from(String(one)), Buffer.from(String(other)))
}
