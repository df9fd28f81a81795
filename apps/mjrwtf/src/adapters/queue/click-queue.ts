import type { ClickSink } from '../../application/ports/click-repository.ts'
import type { Click } from '../../domain/click.ts'
import { otherOrigin } from '../../domain/click-cell.ts'
import { quarterHour, withoutOrigins } from '../../domain/click-day.ts'
import { type Milliseconds, second } from '../../domain/time.ts'
import type { BatchQueue } from './batch-queue.ts'

/** Combinations of origins per link and quarter-hour that are counted separately. */
const maxOriginsPerLink = 500
/** Rows of clicks counted together at the same time. */
export const maxCountedRows = 10_000

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

/** A row whose count increases until its quarter-hour has passed, also while it waits in the queue. */
type CountedRow = Click & { count: number }

/** Counts clicks together in rows of a quarter-hour. Each flush queues the rows that have changed and do not wait already. */
export function createClickQueue(options: ClickQueueOptions): ClickQueue {
  const { queue, onDropped, flushInterval = second } = options
  let quarter = 0
  const rows = new Map<string, CountedRow>()
  const changedRows = new Set<CountedRow>()
  const originsByLink = new Map<string, number>()
  const timer = setInterval(queueChangedRows, flushInterval).unref()

  /** A row that the full queue does not accept is queued at a later flush. */
  function queueChangedRows(): void {
    for (const row of changedRows) {
      if (queue.isFull()) return
      if (queue.has(row)) continue
      queue.add(row)
      changedRows.delete(row)
    }
  }

  /** Rows of an earlier quarter-hour do not change any more. */
  function startQuarter({ at }: Click): void {
    const current = Math.floor(at / quarterHour)
    if (current === quarter) return
    rows.clear()
    originsByLink.clear()
    quarter = current
  }

  /** The click, or one without its origins if the link has too many. */
  function placeOf(click: Click): Click {
    const isFull = (originsByLink.get(click.linkId) ?? 0) >= maxOriginsPerLink
    const isPlaced = rows.has(keyOf(click)) || click.referrerHost === otherOrigin
    return isFull && !isPlaced ? withoutOrigins(click) : click
  }

  async function flush(): Promise<void> {
    queueChangedRows()
    await queue.flush()
    // Rows that changed while they were written.
    queueChangedRows()
    await queue.flush()
  }

  return {
    add: queue.add,
    addCounted(click) {
      startQuarter(click)
      const place = placeOf(click)
      const row = rows.get(keyOf(place))
      if (row !== undefined) {
        row.count += click.count
        changedRows.add(row)
      } else if (Math.max(rows.size, changedRows.size) >= maxCountedRows) onDropped(click.count)
      else {
        const created = { ...place }
        rows.set(keyOf(place), created)
        changedRows.add(created)
        originsByLink.set(click.linkId, (originsByLink.get(click.linkId) ?? 0) + 1)
      }
    },
    flush,
    async close() {
      clearInterval(timer)
      // The queue reports a failure, and tries again.
      await flush().catch(() => {})
      await queue.close()
    },
  }
}

function keyOf(click: Click): string {
  const { linkId, isBot, referrerHost, country, agent, city, system, device } = click
  return JSON.stringify([linkId, isBot, referrerHost, country, agent, city, system, device])
}
