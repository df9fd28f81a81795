import { Counter, collectDefaultMetrics, Gauge, Registry } from '@prometheus-io/client'
import { createMetrics, type Metrics } from 'coatcheck/metrics'
import {
  listSecurityEventKinds,
  outcomeOf,
  type SecurityEventKind,
} from '../../domain/security-event.ts'
import {
  createObserveStatement,
  type DatabaseSources,
  type ObserveStatement,
  registerDatabase,
} from './database-metrics.ts'
import { createHttpMetrics, type ObserveRequest } from './http-metrics.ts'
import { createQueueObserver, type QueueObserver, registerQueues } from './queue-metrics.ts'

/** What happens to an email: each is requested once, tried until it is sent or dropped, and with each failure retried. */
export type EmailStep = 'requested' | 'sent' | 'retried' | 'dropped'

/** The names of the queues, as labels. */
export type QueueName =
  | 'clicks'
  | 'visits'
  | 'unknown_codes'
  | 'security_events'
  | 'detection'
  | 'shared_token_uses'
  | 'token_uses'
  | 'email_requests'

/** What is read at each scrape. Nothing waits for the database. */
export interface MetricSources extends DatabaseSources {
  readonly queues: Readonly<Record<QueueName, { size(): number }>>
  /** Emails that wait to be sent. */
  readonly pendingEmails: () => number
  /** Open streams of events. */
  readonly eventStreams: () => number
}

/** The metrics of the program. Labels have few values, and none contains what a client sent. */
export interface AppMetrics {
  readonly library: Metrics
  readonly observeRequest: ObserveRequest
  /** Missing if nothing is measured. */
  readonly observeStatement?: ObserveStatement
  readonly queueObserver: QueueObserver
  readonly countSecurityEvent: (kind: SecurityEventKind) => void
  readonly countClicks: (count: number) => void
  readonly countEmail: (step: EmailStep) => void
  /** Registers what is read at each scrape. Call it once. */
  readonly watch: (sources: MetricSources) => void
  /** Registers the metrics of the process, and `mjrwtf_info`. Starts to measure the event loop and garbage collection. */
  readonly watchProcess: (info: { readonly version: string; readonly database: string }) => void
  /** The text format of Prometheus. */
  readonly read: () => Promise<{ readonly contentType: string; readonly text: string }>
}

const queueNames: Readonly<Record<QueueName, true>> = {
  clicks: true,
  visits: true,
  unknown_codes: true,
  security_events: true,
  detection: true,
  shared_token_uses: true,
  token_uses: true,
  email_requests: true,
}

/** Creates the metrics in a registry of their own, so that several programs in one process do not share them. */
export function createAppMetrics(): AppMetrics {
  const registry = new Registry()
  return {
    library: createMetrics(registry),
    observeRequest: createHttpMetrics(registry),
    observeStatement: createObserveStatement(registry),
    queueObserver: createQueueObserver(registry, Object.keys(queueNames)),
    ...createCounters(registry),
    watch(sources) {
      registerDatabase(registry, sources)
      registerQueues(registry, sources.queues)
      registerGauge(registry, sources.pendingEmails, {
        name: 'mjrwtf_emails_pending',
        help: 'Emails that wait to be sent, including those that wait for a retry.',
      })
      registerGauge(registry, sources.eventStreams, {
        name: 'mjrwtf_event_streams',
        help: 'Open pages that are notified when their session ends.',
      })
    },
    watchProcess({ version, database }) {
      collectDefaultMetrics({ register: registry })
      const labelNames = ['version', 'database'] as const
      const help = 'Always 1, with the version and the kind of the database as labels.'
      const info = { name: 'mjrwtf_info', help, labelNames, registers: [registry] }
      new Gauge(info).set({ version, database }, 1)
    },
    read: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  }
}

function createCounters(registry: Registry) {
  const registers = [registry]
  const securityEvents = new Counter({
    name: 'mjrwtf_security_events_total',
    help: 'Events of the security log, by kind and outcome, such as sign-in-failed.',
    labelNames: ['kind', 'outcome'],
    registers,
  })
  const clicks = new Counter({
    name: 'mjrwtf_clicks_total',
    help: 'Clicks to be stored, with those of bots. HEAD requests and prefetches are not among them.',
    registers,
  })
  const emails = new Counter({
    name: 'mjrwtf_emails_total',
    help: 'Emails by step: requested, then sent or dropped; retried counts failed attempts.',
    labelNames: ['step'],
    registers,
  })
  for (const kind of listSecurityEventKinds()) {
    securityEvents.inc({ kind, outcome: outcomeOf(kind) }, 0)
  }
  for (const step of ['requested', 'sent', 'retried', 'dropped']) emails.inc({ step }, 0)
  return {
    countSecurityEvent: (kind: SecurityEventKind) =>
      securityEvents.inc({ kind, outcome: outcomeOf(kind) }),
    countClicks: (count: number) => clicks.inc(count),
    countEmail: (step: EmailStep) => emails.inc({ step }),
  }
}

function registerGauge(
  registry: Registry,
  read: () => number,
  options: { readonly name: string; readonly help: string },
): void {
  new Gauge({
    ...options,
    registers: [registry],
    collect() {
      this.set(read())
    },
  })
}
