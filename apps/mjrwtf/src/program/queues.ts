import type { Logger } from '../adapters/logging/logger.ts'
import type { Persistence } from '../adapters/persistence/persistence.ts'
import type { WriteMonitor } from '../adapters/persistence/write-monitor.ts'
import { type BatchQueueOptions, createBatchQueue } from '../adapters/queue/batch-queue.ts'
import { createClickQueue } from '../adapters/queue/click-queue.ts'
import type { EmailRequest } from '../application/ports/email.ts'
import type { TokenUse } from '../application/ports/personal-token-repository.ts'
import type { DetectionInput } from '../application/security-log/detection-input.ts'
import { sumUses } from '../application/shared-tokens/shared-tokens.ts'
import type { Click } from '../domain/click.ts'
import type { SecurityEvent } from '../domain/security-event.ts'
import type { SharedTokenUse } from '../domain/shared-token.ts'
import { type Milliseconds, minute } from '../domain/time.ts'
import type { Features } from './features.ts'

/** Buffers between the requests, which add entries, and the workers, which write them in batches. */
export type Queues = ReturnType<typeof createQueues>

export interface QueueContext {
  readonly log: Logger
  readonly writes: Pick<WriteMonitor, 'report'>
}

export function createQueues(context: QueueContext, flushInterval?: Milliseconds) {
  const options = flushInterval === undefined ? {} : { flushInterval }
  const clickLogging = logging(context, 'clicks')
  const clickRows = createBatchQueue<Click>({ ...options, ...clickLogging, capacity: 100_000 })
  return {
    clickRows,
    clicks: createClickQueue({
      ...options,
      queue: clickRows,
      onDropped: clickLogging.onDropped,
    }),
    securityEvents: createBatchQueue<SecurityEvent>({
      ...options,
      ...logging(context, 'security events'),
      capacity: 10_000,
    }),
    detection: createBatchQueue<DetectionInput>({
      ...options,
      ...logging(context, 'detection inputs'),
      capacity: 10_000,
    }),
    sharedTokenUses: createBatchQueue<SharedTokenUse>({
      ...options,
      ...logging(context, 'uses of shared tokens'),
      capacity: 10_000,
    }),
    tokenUses: createBatchQueue<TokenUse>({
      ...options,
      ...logging(context, 'uses of tokens'),
      capacity: 10_000,
    }),
    emails: createBatchQueue<EmailRequest>({
      ...options,
      ...logging(context, 'emails'),
      capacity: 10_000,
    }),
  }
}

/** Logs each failed write, and at most once a minute how many entries were dropped since. */
function logging(
  { log, writes }: QueueContext,
  subject: string,
): Pick<BatchQueueOptions, 'onFailure' | 'onDropped'> {
  let dropped = 0
  let timer: NodeJS.Timeout | null = null

  function logDropped(): void {
    timer = null
    if (dropped === 0) return
    log.error({ count: dropped }, `${subject} dropped`)
    dropped = 0
    timer = setTimeout(logDropped, minute).unref()
  }

  return {
    onFailure(error, pending) {
      // In the log once, when it begins: a line each second would fill the disk further.
      if (writes.report(error)) return
      log.error({ error, pending }, `writing ${subject} failed; retrying`)
    },
    onDropped(count) {
      dropped += count
      if (timer === null) logDropped()
    },
  }
}

type WorkerRepositories = Pick<
  Persistence,
  'clicks' | 'securityEvents' | 'personalTokens' | 'sharedTokens'
>

export function startWorkers(
  queues: Queues,
  { clicks, securityEvents, personalTokens, sharedTokens }: WorkerRepositories,
  { detectAnomalies, email }: Pick<Features, 'detectAnomalies' | 'email'>,
): void {
  queues.clickRows.start(clicks.add)
  queues.securityEvents.start(securityEvents.add)
  queues.detection.start(detectAnomalies)
  queues.sharedTokenUses.start((uses) => sharedTokens.addUses(sumUses(uses)))
  queues.tokenUses.start((uses) => personalTokens.recordUses(newestUses(uses)))
  queues.emails.start(email.sendRequested)
}

/** One use for each token: the database was unavailable for a while if there are several. */
function newestUses(uses: readonly TokenUse[]): readonly TokenUse[] {
  return [...new Map(uses.map((use) => [use.tokenId, use])).values()]
}
