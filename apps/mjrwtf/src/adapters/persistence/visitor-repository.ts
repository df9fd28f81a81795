import { setImmediate } from 'node:timers/promises'
import { sql } from 'kysely'
import { RepositoryError } from '../../application/ports/repository-error.ts'
import type { StoredVisit, VisitorRepository } from '../../application/ports/visitor-repository.ts'
import { type CalendarDay, utcDay, utcMidnight } from '../../domain/calendar-day.ts'
import { quarterHour, slotOf } from '../../domain/click-day.ts'
import { findBucket } from '../../domain/click-tally.ts'
import {
  addVisits,
  hashBits,
  noVisitors,
  type VisitorDay,
  visitorsOf,
} from '../../domain/visitor-sketch.ts'
import { type Database, run } from './database.ts'
import { purgeBatch } from './delete-batch.ts'

/** Links per transaction, so that each is short on SQLite, where it blocks the process. */
const linksPerStep = 40

export function createVisitorRepository(database: Database): VisitorRepository {
  const { kysely } = database
  return {
    async salt(day, newSalt) {
      const insert = kysely.insertInto('visitor_salts').values({ day, salt: newSalt })
      await run(insert.onConflict((conflict) => conflict.doNothing()).execute())
      const query = kysely.selectFrom('visitor_salts').select('salt').where('day', '=', day)
      return (await run(query.executeTakeFirst()))?.salt ?? newSalt
    },
    async add(visits) {
      for (const [day, ofDay] of Map.groupBy(visits, ({ at }) => utcDay(at))) {
        const links = [...Map.groupBy(ofDay, ({ linkId }) => linkId)]
        for (let start = 0; start < links.length; start += linksPerStep) {
          await addToLinks(database, day, new Map(links.slice(start, start + linksPerStep)))
          await setImmediate()
        }
      }
    },
    async countByBucket(linkId, buckets) {
      const counts = buckets.map(() => 0)
      const [first, last] = [buckets.at(0), buckets.at(-1)]
      if (first === undefined || last === undefined) return counts
      const query = kysely
        .selectFrom('visitor_days')
        .select(['day', 'slots'])
        .where('link_id', '=', linkId)
        .where('day', '>=', utcDay(first.start))
        .where('day', '<=', utcDay(last.end - 1))
      for (const { day, slots } of await run(query.execute())) {
        const pairs = decodeSlots(slots)
        for (let at = 0; at < pairs.length; at += 2) {
          const start = utcMidnight(day) + (pairs[at] ?? 0) * quarterHour
          const bucket = findBucket(buckets, start)
          if (bucket !== null) counts[bucket] = (counts[bucket] ?? 0) + (pairs[at + 1] ?? 0)
        }
      }
      return counts
    },
    async purgeBatch(before) {
      const hasMoreSalts = await purgeBatch(database, {
        table: 'visitor_salts',
        keyColumns: ['day'],
        rows: sql`SELECT day FROM visitor_salts WHERE day < ${before}`,
      })
      return (await clearSketches(database, before)) || hasMoreSalts
    },
  }
}

interface StoredDayRow {
  readonly link_id: string
  readonly slots: string | null
  readonly sketch: string | null
}

/** Adds visits of one day. Locks the links in the order of their ids, as the counting of clicks does. */
async function addToLinks(
  database: Database,
  day: CalendarDay,
  visits: ReadonlyMap<string, readonly StoredVisit[]>,
): Promise<void> {
  const { kysely, dialect } = database
  const ids = [...visits.keys()]
  const links = kysely.selectFrom('links').select('id').where('id', 'in', ids).orderBy('id')
  await run(
    database.transact({
      lock: dialect.hasLongTransactions ? links.forNoKeyUpdate().compile() : null,
      // Without links of deleted users.
      read: sql<StoredDayRow>`
        SELECT links.id AS link_id, slots, sketch FROM links
        JOIN users ON users.id = links.owner_id
        LEFT JOIN visitor_days ON visitor_days.link_id = links.id AND visitor_days.day = ${day}
        WHERE links.id IN (${sql.join(ids)})`.compile(kysely),
      write: (rows) => {
        const changed = rows.flatMap((row) => addToRow(row, visits.get(row.link_id) ?? []))
        if (changed.length === 0) return []
        const values = changed.map((each) => ({ ...each, day }))
        return [
          kysely
            .insertInto('visitor_days')
            .values(values)
            .onConflict((conflict) =>
              conflict.columns(['link_id', 'day']).doUpdateSet((row) => ({
                visitors: row.ref('excluded.visitors'),
                slots: row.ref('excluded.slots'),
                sketch: row.ref('excluded.sketch'),
              })),
            )
            .compile(),
        ]
      },
    }),
  )
}

/** No row if the visitors are known, or if the hashes of the day are deleted. */
function addToRow({ link_id, slots, sketch }: StoredDayRow, visits: readonly StoredVisit[]) {
  if (slots !== null && sketch === '') return []
  const before =
    slots === null ? noVisitors : { slots: decodeSlots(slots), sketch: decodeSketch(sketch ?? '') }
  const after = addVisits(
    before,
    visits.map(({ at, hash }) => ({ slot: slotOf(at), hash })),
  )
  return isSame(before, after)
    ? []
    : [
        {
          link_id,
          visitors: visitorsOf(after),
          slots: JSON.stringify(after.slots),
          sketch: encodeSketch(after.sketch),
        },
      ]
}

function isSame(one: VisitorDay, other: VisitorDay): boolean {
  return (
    one.sketch.length === other.sketch.length &&
    one.sketch.every((hash, n) => hash === other.sketch[n])
  )
}

async function clearSketches(database: Database, before: CalendarDay): Promise<boolean> {
  const { kysely, dialect } = database
  const query = sql`
    UPDATE visitor_days SET sketch = '' WHERE (link_id, day) IN (
      SELECT link_id, day FROM visitor_days WHERE day < ${before} AND sketch <> ''
      LIMIT ${dialect.deletionBatch}
    )`
  const { numAffectedRows } = await run(query.execute(kysely))
  return Number(numAffectedRows ?? 0) === dialect.deletionBatch
}

function decodeSlots(text: string): readonly number[] {
  const value: unknown = JSON.parse(text)
  if (Array.isArray(value) && value.every((each) => typeof each === 'number')) return value
  throw new RepositoryError('A row of visitor_days is corrupt.')
}

const bytesPerHash = hashBits / 8

function encodeSketch(sketch: readonly number[]): string {
  const bytes = Buffer.alloc(sketch.length * bytesPerHash)
  for (const [at, hash] of sketch.entries())
    bytes.writeUIntBE(hash, at * bytesPerHash, bytesPerHash)
  return bytes.toString('base64url')
}

function decodeSketch(text: string): readonly number[] {
  const bytes = Buffer.from(text, 'base64url')
  return Array.from({ length: bytes.length / bytesPerHash }, (_, at) =>
    bytes.readUIntBE(at * bytesPerHash, bytesPerHash),
  )
}
