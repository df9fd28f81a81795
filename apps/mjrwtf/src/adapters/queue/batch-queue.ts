import { type Milliseconds, second } from '../../domain/time.ts'

/** Writes a batch in one step. Must ignore an entry that was written before. */
export type WriteBatch<Entry> = (batch: readonly Entry[]) => Promise<void>

export interface BatchQueueOptions {
  /** Called at most once per failed write, with the number of pending entries. */
  readonly onFailure: (error: unknown, pending: number) => void
  /** Called when entries were dropped: the queue was full or closed, or the database was unavailable until `close`. */
  readonly onDropped: (count: number) => void
  /** Delay between an entry and its write. Default 1 s; longer delays cause fewer, larger batches. */
  readonly flushInterval?: Milliseconds
  /** Maximum number of pending entries while the database is unavailable. */
  readonly capacity: number
}

export interface BatchQueue<Entry> {
  /** Queues an entry. After `close`, entries are dropped. */
  readonly add: (entry: Entry) => void
  /** Whether the entry is pending, which includes that it is being written. */
  has(entry: Entry): boolean
  /** Number of pending entries. */
  size(): number
  /** Whether `add` would drop an entry. */
  isFull(): boolean
  /** Starts the worker, which writes the entries. Entries added before wait for it. */
  start(write: WriteBatch<Entry>): void
  /** Writes the pending entries now. Rejects if the database fails; the entries stay pending. */
  flush(): Promise<void>
  /** Writes the pending entries, with a few attempts, and stops. */
  close(): Promise<void>
}

/** Entries per write. */
const batchSize = 1_000
const maxCloseAttempts = 3

/**
 * Writes entries in the background, in batches. A batch stays in the queue until the write has succeeded, so a failure
 * loses nothing. Entries have ids, so a repeated write causes no duplicates.
 */
export function createBatchQueue<Entry>(options: BatchQueueOptions): BatchQueue<Entry> {
  const { onFailure, onDropped, flushInterval = second, capacity } = options
  const pending = new Set<Entry>()
  let write: WriteBatch<Entry> | null = null
  let timer: NodeJS.Timeout | null = null
  let writing: Promise<void> | null = null
  let closed = false

  function isFull(): boolean {
    return closed || pending.size >= capacity
  }

  function schedule(): void {
    if (write === null || timer !== null || closed || pending.size === 0) return
    timer = setTimeout(onTimer, flushInterval)
    timer.unref()
  }

  function onTimer(): void {
    timer = null
    flush().catch((error) => onFailure(error, pending.size))
  }

  async function writeAll(): Promise<void> {
    while (write !== null && pending.size > 0) {
      const batch = firstOf(pending, batchSize)
      await write(batch)
      for (const entry of batch) pending.delete(entry)
    }
  }

  /** One write at a time: two would write the same batch and remove two. */
  function flush(): Promise<void> {
    writing ??= writeAll().finally(() => {
      writing = null
      schedule()
    })
    return writing
  }

  async function flushFinal(): Promise<void> {
    for (let attempt = 1; pending.size > 0 && attempt <= maxCloseAttempts; attempt += 1) {
      await flush().catch((error) => onFailure(error, pending.size))
    }
    if (pending.size > 0) onDropped(pending.size)
  }

  return {
    has: (entry) => pending.has(entry),
    size: () => pending.size,
    isFull,
    add(entry) {
      if (isFull()) {
        onDropped(1)
        return
      }
      pending.add(entry)
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

function firstOf<Entry>(entries: Iterable<Entry>, count: number): readonly Entry[] {
  const first: Entry[] = []
  for (const entry of entries) {
    if (first.length === count) break
    first.push(entry)
  }
  return first
}
