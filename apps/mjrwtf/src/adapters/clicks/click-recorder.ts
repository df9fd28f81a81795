import type { ClickRepository, ClickSink } from '../../application/ports/click-repository.ts'
import type { Click } from '../../domain/click.ts'
import { type Milliseconds, second } from '../../domain/time.ts'

export interface ClickRecorderOptions {
  readonly clicks: Pick<ClickRepository, 'add'>
  /** Told, at most once for each failed write, how many clicks wait for the next. */
  readonly onFailure: (error: unknown, waiting: number) => void
  /** Told when clicks had to be given up: the buffer was full, or the database stayed away until `close`. */
  readonly onLost: (count: number) => void
  /** Wait between a click and its being written. Default 1 s; longer waits write fewer, bigger batches. */
  readonly flushInterval?: Milliseconds
  /** How many clicks wait at most, should the database be away. Default 100 000, some 20 MB. */
  readonly capacity?: number
}

export interface ClickRecorder {
  /** Notes a click. After `close` it is given up. */
  readonly record: ClickSink
  /** Writes what waits now. Rejects when the database fails; the clicks go on waiting. */
  flush(): Promise<void>
  /** Writes everything that was recorded before, trying a few times, and stops. */
  close(): Promise<void>
}

/** One statement's worth. */
const batchSize = 1_000
const closingTries = 3

/**
 * Writes clicks behind the requests' backs, in batches. A batch stays in the buffer until the database
 * has answered, so a failure loses nothing; clicks carry ids, so trying again counts nothing twice.
 */
export function createClickRecorder(options: ClickRecorderOptions): ClickRecorder {
  const { clicks, onFailure, onLost, flushInterval = second, capacity = 100_000 } = options
  const waiting: Click[] = []
  let timer: NodeJS.Timeout | null = null
  let writing: Promise<void> | null = null
  let closed = false

  function schedule(): void {
    if (timer !== null || closed || waiting.length === 0) return
    timer = setTimeout(onTimer, flushInterval)
    timer.unref()
  }

  function onTimer(): void {
    timer = null
    flush().catch((error) => onFailure(error, waiting.length))
  }

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, batchSize)
      await clicks.add(batch)
      waiting.splice(0, batch.length)
    }
  }

  /** One writer at a time: two would take the same batch, and remove two. */
  function flush(): Promise<void> {
    writing ??= writeAll().finally(() => {
      writing = null
      schedule()
    })
    return writing
  }

  async function writeLast(): Promise<void> {
    for (let tries = 1; waiting.length > 0 && tries <= closingTries; tries += 1) {
      await flush().catch((error) => onFailure(error, waiting.length))
    }
    if (waiting.length > 0) onLost(waiting.length)
  }

  return {
    record(click) {
      if (closed || waiting.length >= capacity) {
        onLost(1)
        return
      }
      waiting.push(click)
      schedule()
    },
    flush,
    async close() {
      closed = true
      if (timer !== null) clearTimeout(timer)
      await writeLast()
    },
  }
}
