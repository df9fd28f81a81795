import { type Milliseconds, second } from '../../domain/time.ts'

export interface RecorderOptions<Entry> {
  /** Keeps a batch in one step. What is there already must not be kept twice. */
  readonly write: (batch: readonly Entry[]) => Promise<void>
  /** Told, at most once for each failed write, how many entries wait for the next. */
  readonly onFailure: (error: unknown, waiting: number) => void
  /** Told when entries had to be given up: the buffer was full, or the database stayed away until `close`. */
  readonly onLost: (count: number) => void
  /** Wait between an entry and its being written. Default 1 s; longer waits write fewer, bigger batches. */
  readonly flushInterval?: Milliseconds
  /** How many entries wait at most, should the database be away. */
  readonly capacity: number
}

export interface Recorder<Entry> {
  /** Notes an entry. After `close` it is given up. */
  readonly record: (entry: Entry) => void
  /** Writes what waits now. Rejects when the database fails; the entries go on waiting. */
  flush(): Promise<void>
  /** Writes everything that was recorded before, trying a few times, and stops. */
  close(): Promise<void>
}

/** One statement's worth. */
const batchSize = 1_000
const closingTries = 3

/**
 * Writes entries behind the requests' backs, in batches. A batch stays in the buffer until the database
 * has answered, so a failure loses nothing; entries carry ids, so trying again counts nothing twice.
 */
export function createRecorder<Entry>(options: RecorderOptions<Entry>): Recorder<Entry> {
  const { write, onFailure, onLost, flushInterval = second, capacity } = options
  const waiting: Entry[] = []
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
      await write(batch)
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
    record(entry) {
      if (closed || waiting.length >= capacity) {
        onLost(1)
        return
      }
      waiting.push(entry)
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
