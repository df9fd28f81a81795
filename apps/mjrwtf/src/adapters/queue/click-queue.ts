import type { ClickSink } from '../../application/ports/click-repository.ts'
import type { Click } from '../../domain/click.ts'
import { otherOrigin, quarterHour, withoutOrigins } from '../../domain/click-day.ts'
import { type Instant, type Milliseconds, second } from '../../domain/time.ts'
import type { BatchQueue } from './batch-queue.ts'

/** Combinations of origins per link and quarter-hour that are counted separately. */
const maxOriginsPerLink = 50
/** Rows of clicks counted together in the same quarter-hour. */
const maxRows = 10_000

export interface ClickQueueOptions {
  /** Receives the clicks and the rows of those counted together. */
  readonly queue: BatchQueue<Click>
  /** Called for clicks that are not counted, because there are too many rows. */
  readonly onDropped: (count: number) => void
  /** Delay between a click and the queuing of its row. Default 1 s. */
  readonly flushInterval?: Milliseconds
}

export interface ClickQueue extends ClickSink {
  /** Writes all clicks counted so far. Rejects if the database fails; the clicks stay pending. */
  flush(): Promise<void>
  /** Writes all clicks counted so far, with a few attempts, and stops. */
  close(): Promise<void>
}

/** Counts clicks together in rows of a quarter-hour. Each flush queues the rows that have changed, with their new counts. */
export function createClickQueue(options: ClickQueueOptions): ClickQueue {
  const { queue, onDropped, flushInterval = second } = options
  let quarter = 0
  const rows = new Map<string, Click>()
  const changedRows = new Set<string>()
  const originsByLink = new Map<string, number>()
  const timer = setInterval(queueChangedRows, flushInterval).unref()

  function queueChangedRows(): void {
    for (const key of changedRows) {
      const row = rows.get(key)
      if (row !== undefined) queue.add(row)
    }
    changedRows.clear()
  }

  /** Rows of an earlier quarter-hour do not change any more. */
  function startQuarter(at: Instant): void {
    const current = Math.floor(at / quarterHour)
    if (current === quarter) return
    queueChangedRows()
    rows.clear()
    originsByLink.clear()
    quarter = current
  }

  /** The row of the click, or one without its origins if the link has too many. `null` if it has none yet. */
  function findPlace(click: Click): { readonly place: Click; readonly row: Click | null } {
    const row = rows.get(keyOf(click)) ?? null
    const isFull = (originsByLink.get(click.linkId) ?? 0) >= maxOriginsPerLink
    if (row !== null || !isFull || click.referrerHost === otherOrigin) return { place: click, row }
    return findPlace(withoutOrigins(click))
  }

  return {
    add: queue.add,
    addCounted(click) {
      startQuarter(click.at)
      const { place, row } = findPlace(click)
      if (row === null && rows.size >= maxRows) return onDropped(click.count)
      if (row === null) originsByLink.set(click.linkId, (originsByLink.get(click.linkId) ?? 0) + 1)
      const key = keyOf(place)
      rows.set(key, row === null ? place : { ...row, count: row.count + click.count })
      changedRows.add(key)
    },
    flush() {
      queueChangedRows()
      return queue.flush()
    },
    close() {
      clearInterval(timer)
      queueChangedRows()
      return queue.close()
    },
  }
}

function keyOf({ linkId, referrerHost, country, agent }: Click): string {
  return JSON.stringify([linkId, referrerHost, country, agent])
}
