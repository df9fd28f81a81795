import type { Logger } from '../adapters/logging/logger.ts'
import type { AppMetrics, QueueName } from '../adapters/metrics/app-metrics.ts'
import type { Persistence } from '../adapters/persistence/persistence.ts'
import type { WriteMonitor } from '../adapters/persistence/write-monitor.ts'
import { type BatchQueueOptions, createBatchQueue } from '../adapters/queue/batch-queue.ts'
import { createClickQueue } from '../adapters/queue/click-queue.ts'
import type { EmailRequest } from '../application/ports/email.ts'
import type { TokenUse } from '../application/ports/personal-token-repository.ts'
import type { Visit } from '../application/ports/visitor-repository.ts'
import type { DetectionInput } from '../application/security-log/detection-input.ts'
import { sumUses } from '../application/shared-tokens/shared-tokens.ts'
import type { Click } from '../domain/click.ts'
import type { SecurityEvent } from '../domain/security-event.ts'
import type { SharedTokenUse } from '../domain/shared-token.ts'
import { type Milliseconds, minute } from '../domain/time.ts'
import type { UnknownCode } from '../domain/unknown-code.ts'
import type { Features } from './features.ts'

/** Buffers between the requests, which add entries, and the workers, which write them in batches. */
export type Queues = ReturnType<typeof createQueues>

export interface QueueContext {
  readonly log: Logger
  readonly writes: Pick<WriteMonitor, 'report'>
  readonly metrics: Pick<AppMetrics, 'queueObserver'>
}

export function createQueues(context: QueueContext, flushInterval?: Milliseconds) {
  const options = flushInterval === undefined ? {} : { flushInterval }
  const clickReports = reporting(context, 'clicks', 'clicks')
  const clickRows = createBatchQueue<Click>({ ...options, ...clickReports, capacity: 100_000 })
  return {
    clickRows,
    clicks: createClickQueue({
      ...options,
      queue: clickRows,
      onDropped: clickReports.onDropped,
    }),
    visits: createBatchQueue<Visit>({
      ...options,
      ...reporting(context, 'visits', 'visits'),
      capacity: 100_000,
    }),
    unknownCodes: createBatchQueue<UnknownCode>({
      ...options,
      ...reporting(context, 'unknown_codes', 'visits to unknown codes'),
      capacity: 10_000,
    }),
    securityEvents: createBatchQueue<SecurityEvent>({
      ...options,
      ...reporting(context, 'security_events', 'security events'),
      capacity: 10_000,
    }),
    detection: createBatchQueue<DetectionInput>({
      ...options,
      ...reporting(context, 'detection', 'detection inputs'),
      capacity: 10_000,
    }),
    sharedTokenUses: createBatchQueue<SharedTokenUse>({
      ...options,
      ...reporting(context, 'shared_token_uses', 'uses of shared tokens'),
      capacity: 10_000,
    }),
    tokenUses: createBatchQueue<TokenUse>({
      ...options,
      ...reporting(context, 'token_uses', 'uses of tokens'),
      capacity: 10_000,
    }),
    emails: createBatchQueue<EmailRequest>({
      ...options,
      ...reporting(context, 'email_requests', 'emails'),
      capacity: 10_000,
    }),
  }
}

/** Counts failed writes and dropped entries. Logs each failed write, and at most once a minute how many entries were dropped since. */
function reporting(
  { log, writes, metrics: { queueObserver } }: QueueContext,
  name: QueueName,
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
      queueObserver.onFailed(name)
      // In the log once, when it begins: a line each second would fill the disk further.
      if (writes.report(error)) return
      log.error({ error, pending }, `writing ${subject} failed; retrying`)
    },
    onDropped(count) {
      queueObserver.onDropped(name, count)
      dropped += count
      if (timer === null) logDropped()
    },
  }
}

type WorkerRepositories = Pick<
  Persistence,
  'clicks' | 'personalTokens' | 'sharedTokens' | 'unknownCodes'
>

export interface Workers
  extends Pick<Features, 'addVisits' | 'audit' | 'detectAnomalies' | 'email'> {
  readonly repositories: WorkerRepositories
}

/** Starts to write the queues, and measures each write. */
export function startWorkers(
  queues: Queues,
  { repositories, addVisits, audit, detectAnomalies, email }: Workers,
  { queueObserver }: Pick<AppMetrics, 'queueObserver'>,
): void {
  const { measured } = queueObserver
  const { clicks, personalTokens, sharedTokens, unknownCodes } = repositories
  queues.clickRows.start(measured('clicks', clicks.add))
  queues.visits.start(measured('visits', addVisits))
  queues.unknownCodes.start(measured('unknown_codes', unknownCodes.add))
  queues.securityEvents.start(measured('security_events', audit.recordEvents))
  queues.detection.start(measured('detection', detectAnomalies))
  queues.sharedTokenUses.start(
    measured('shared_token_uses', (uses) => sharedTokens.addUses(sumUses(uses))),
  )
  queues.tokenUses.start(
    measured('token_uses', (uses) => personalTokens.recordUses(newestUses(uses))),
  )
  queues.emails.start(measured('email_requests', email.sendRequested))
}

/** The queues by the names that metrics have. */
export function queuesByName(queues: Queues): Readonly<Record<QueueName, { size(): number }>> {
  return {
    clicks: queues.clickRows,
    visits: queues.visits,
    unknown_codes: queues.unknownCodes,
    security_events: queues.securityEvents,
    detection: queues.detection,
    shared_token_uses: queues.sharedTokenUses,
    token_uses: queues.tokenUses,
    email_requests: queues.emails,
  }
}

/** One use for each token: the database was unavailable for a while if there are several. */
function newestUses(uses: readonly TokenUse[]): readonly TokenUse[] {
  return [...new Map(uses.map((use) => [use.tokenId, use])).values()]
}
