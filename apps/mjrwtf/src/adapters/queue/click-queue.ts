import type { ClickSink } from '../../application/ports/click-repository.ts'
import type { Click } from '../../domain/click.ts'
import { otherOrigin, quarterHour, withoutOrigins } from '../../domain/click-day.ts'
import { type Milliseconds, minute } from '../../domain/time.ts'
import type { BatchQueue } from './batch-queue.ts'

/** Combinations of origins per link that are counted separately at the same time. */
const maxOriginsPerLink = 50
/** Rows that wait at the same time. */
const maxRows = 10_000

export interface ClickQueueOptions {
  /** Receives the clicks and the rows of those counted together. */
  readonly queue: BatchQueue<Click>
  /** Called for a click that is not counted, because too many rows wait. */
  readonly onDropped: (count: number) => void
  /** How long clicks are counted together. Default 1 min; a crash loses at most the clicks of this time. */
  readonly countInterval?: Milliseconds
}

export interface ClickQueue extends ClickSink {
  /** Writes all clicks counted so far. Rejects if the database fails; the clicks stay pending. */
  flush(): Promise<void>
  /** Writes all clicks counted so far, with a few attempts, and stops. */
  close(): Promise<void>
}

export function createClickQueue(options: ClickQueueOptions): ClickQueue {
  const { queue, onDropped, countInterval = minute } = options
  const rows = new Map<string, Click>()
  const originsByLink = new Map<string, number>()
  const timer = setInterval(queueRows, countInterval).unref()

  function queueRows(): void {
    for (const click of rows.values()) queue.add(click)
    rows.clear()
    originsByLink.clear()
  }

  function addRow(key: string, click: Click): void {
    if (rows.size >= maxRows) {
      onDropped(click.count)
      return
    }
    rows.set(key, click)
    originsByLink.set(click.linkId, (originsByLink.get(click.linkId) ?? 0) + 1)
  }

  function addCounted(click: Click): void {
    const key = keyOf(click)
    const row = rows.get(key)
    const hasOrigins = click.referrerHost !== otherOrigin
    if (row !== undefined) rows.set(key, { ...row, count: row.count + click.count })
    else if (hasOrigins && (originsByLink.get(click.linkId) ?? 0) >= maxOriginsPerLink) {
      addCounted(withoutOrigins(click))
    } else addRow(key, click)
  }

  return {
    add: queue.add,
    addCounted,
    flush() {
      queueRows()
      return queue.flush()
    },
    close() {
      clearInterval(timer)
      queueRows()
      return queue.close()
    },
  }
}

/** Clicks of different quarter-hours have different rows, because a row is counted in that of its instant. */
function keyOf({ linkId, at, referrerHost, country, agent }: Click): string {
  return JSON.stringify([linkId, Math.floor(at / quarterHour), referrerHost, country, agent])
}
