import { type Milliseconds, second } from '../../domain/time.ts'

/** Writes a batch in one step. Must ignore an entry that was written before. */
export type WriteBatch<Entry> = (batch: readonly Entry[]) => Promise<void>

export interface BatchQueueOptions {
  /** Told, at most once for each failed write, how many entries wait for the next. */
  readonly onFailure: (error: unknown, pending: number) => void
  /** Told when entries had to be given up: the buffer was full, or the database stayed away until `close`. */
  readonly onDropped: (count: number) => void
  /** Wait between an entry and its being written. Default 1 s; longer waits write fewer, bigger batches. */
  readonly flushInterval?: Milliseconds
  /** How many entries wait at most, should the database be away. */
  readonly capacity: number
}

export interface BatchQueue<Entry> {
  /** Notes an entry. After `close` it is given up. */
  readonly add: (entry: Entry) => void
  /** Starts the worker, which writes the entries. Entries added before wait for it. */
  start(write: WriteBatch<Entry>): void
  /** Writes what waits now. Rejects when the database fails; the entries go on waiting. */
  flush(): Promise<void>
  /** Writes everything that was recorded before, trying a few times, and stops. */
  close(): Promise<void>
}

/** One statement's worth. */
const batchSize = 1_000
const maxCloseAttempts = 3

/**
 * Writes entries behind the requests' backs, in batches. A batch stays in the buffer until the database
 * has answered, so a failure loses nothing; entries carry ids, so trying again counts nothing twice.
 */
export function createBatchQueue<Entry>(options: BatchQueueOptions): BatchQueue<Entry> {
  const { onFailure, onDropped, flushInterval = second, capacity } = options
  const pending: Entry[] = []
  let write: WriteBatch<Entry> | null = null
  let timer: NodeJS.Timeout | null = null
  let writing: Promise<void> | null = null
  let closed = false

  function schedule(): void {
    if (write === null || timer !== null || closed || pending.length === 0) return
    timer = setTimeout(onTimer, flushInterval)
    timer.unref()
  }

  function onTimer(): void {
    timer = null
    flush().catch((error) => onFailure(error, pending.length))
  }

  async function writeAll(): Promise<void> {
    while (write !== null && pending.length > 0) {
      const batch = pending.slice(0, batchSize)
      await write(batch)
      pending.splice(0, batch.length)
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

  async function flushFinal(): Promise<void> {
    for (let attempt = 1; pending.length > 0 && attempt <= maxCloseAttempts; attempt += 1) {
      await flush().catch((error) => onFailure(error, pending.length))
    }
    if (pending.length > 0) onDropped(pending.length)
  }

  return {
    add(entry) {
      if (closed || pending.length >= capacity) {
        onDropped(1)
        return
      }
      pending.push(entry)
      schedule()
    },
    start(writeBatch) {
      write = writeBatch
      schedule()
    },
    flush,
    async close() {
      closed = true
      if (timer !== null) clearTimeout(timer)
      await flushFinal()
    },
  }
}
