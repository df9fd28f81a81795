import { Counter, Gauge, Histogram, type Registry } from '@prometheus-io/client'

type Write<Batch> = (batch: Batch) => Promise<void>

/** Receives what happens to queues. */
export interface QueueObserver {
  /** Returns a function that measures each batch that `write` has written. */
  readonly measured: <Batch>(queue: string, write: Write<Batch>) => Write<Batch>
  readonly onFailed: (queue: string) => void
  readonly onDropped: (queue: string, count: number) => void
}

interface QueueState {
  /** Pending entries. */
  size(): number
}

/** In seconds: a batch has up to 1,000 entries. */
const buckets = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

export function createQueueObserver(registry: Registry, queues: readonly string[]): QueueObserver {
  const labelNames = ['queue'] as const
  const registers = [registry]
  const duration = new Histogram({
    name: 'mjrwtf_queue_write_duration_seconds',
    help: 'Duration of writing one batch of a queue.',
    labelNames,
    buckets,
    registers,
  })
  const failures = new Counter({
    name: 'mjrwtf_queue_write_failures_total',
    help: 'Batches that could not be written. They stay in the queue and are tried again.',
    labelNames,
    registers,
  })
  const dropped = new Counter({
    name: 'mjrwtf_queue_dropped_total',
    help: 'Entries lost, because the queue was full or the database failed until the process stopped.',
    labelNames,
    registers,
  })
  for (const queue of queues) {
    failures.inc({ queue }, 0)
    dropped.inc({ queue }, 0)
  }
  return {
    measured: (queue, write) => async (batch) => {
      const startedAt = performance.now()
      await write(batch)
      duration.observe({ queue }, (performance.now() - startedAt) / 1_000)
    },
    onFailed: (queue) => failures.inc({ queue }),
    onDropped: (queue, count) => dropped.inc({ queue }, count),
  }
}

/** Reads the depth of queues at each scrape. */
export function registerQueues(
  registry: Registry,
  queues: Readonly<Record<string, QueueState>>,
): void {
  new Gauge({
    name: 'mjrwtf_queue_depth',
    help: 'Entries that wait to be written, including those being written.',
    labelNames: ['queue'],
    registers: [registry],
    collect() {
      for (const [queue, state] of Object.entries(queues)) this.set({ queue }, state.size())
    },
  })
}
