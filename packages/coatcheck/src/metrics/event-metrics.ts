import type { CsrfRefusal, RefusedCheck, RejectionReason, SessionEvent } from '../domain/events.ts'
import type { GrantEvent, GrantTokenRejection } from '../domain/grant-events.ts'
import type { Expiry } from '../domain/session.ts'
import { createCounter, type Labels } from './counter.ts'
import { createHistogram } from './histogram.ts'
import type { MetricRegistry } from './registry.ts'

export type CountedEvent = SessionEvent | GrantEvent

/** Counts an event. Adds to numbers in this process only, so that it fits into the path of a request. */
export type CountEvent = (event: CountedEvent) => void

/** Registers the metrics of events, with every series that the types name, so that a first failure counts as an increase. */
export function createEventMetrics(registry: MetricRegistry): CountEvent {
  const counters = createCounters(registry)
  const countFailure = createCountFailure(registry)
  const observeDuration = createObserveDuration(registry)
  return (event) => {
    counters.events({ type: event.type })
    countFailure(event)
    observeDuration(event)
    switch (event.type) {
      case 'session-created':
        return counters.created({ assurance_level: String(event.assuranceLevel) })
      case 'session-revoked':
        return counters.revoked({ reason: event.reason })
      case 'session-expired':
        return counters.expired({ timeout: event.reason })
      case 'csrf-refused':
        return counters.csrf({ reason: event.reason })
      case 'request-refused':
        return counters.requests({ check: event.check })
      case 'store-failed':
        return counters.storeFailures({ code: event.code }, event.suppressed + 1)
      case 'activity-lost':
        return counters.activityLost({}, event.count)
      default:
    }
  }
}

function createCounters(registry: MetricRegistry) {
  return {
    events: createCounter(registry, {
      name: 'coatcheck_events_total',
      help: 'Events of sessions, requests and grants, by type.',
      initial: labelsOf('type', eventTypes),
    }),
    created: createCounter(registry, {
      name: 'coatcheck_sessions_created_total',
      help: 'Sessions created by sign-ins, by assurance level.',
      initial: labelsOf('assurance_level', { 1: true, 2: true, 3: true }),
    }),
    revoked: createCounter(registry, {
      name: 'coatcheck_sessions_revoked_total',
      help: 'Sessions ended explicitly, by reason.',
      initial: labelsOf('reason', { 'signed-out': true }),
    }),
    expired: createCounter(registry, {
      name: 'coatcheck_sessions_expired_total',
      help: 'Sessions ended by a timeout, by the kind of timeout.',
      initial: labelsOf('timeout', timeouts),
    }),
    csrf: createCounter(registry, {
      name: 'coatcheck_csrf_refusals_total',
      help: 'Requests that the CSRF guard refused, by reason.',
      initial: labelsOf('reason', csrfRefusals),
    }),
    requests: createCounter(registry, {
      name: 'coatcheck_requests_refused_total',
      help: 'Requests that another guard refused, by check.',
      initial: labelsOf('check', refusedChecks),
    }),
    storeFailures: createCounter(registry, {
      name: 'coatcheck_store_failures_total',
      help: 'Failed operations of a store, by code. Failures of one code are added once a minute.',
      initial: labelsOf('code', { 'store-unavailable': true, 'connection-refused': true }),
    }),
    activityLost: createCounter(registry, {
      name: 'coatcheck_activity_lost_total',
      help: 'Recorded activities that could not be written.',
      initial: [{}],
    }),
  }
}

const hour = 3_600
const day = 24 * hour

/** Registers how long sessions last. */
function createObserveDuration(registry: MetricRegistry): CountEvent {
  const observe = createHistogram(registry, {
    name: 'coatcheck_session_duration_seconds',
    help: 'Time from the sign-in to the end of a session, by how it ended. A session that expired ends when that is found.',
    buckets: [60, 300, 900, 1_800, hour, 4 * hour, 12 * hour, day, 7 * day, 30 * day, 90 * day],
  })
  return (event) => {
    if (event.type !== 'session-revoked' && event.type !== 'session-expired') return
    const end = event.type === 'session-revoked' ? 'revoked' : 'expired'
    const duration = (event.at - event.createdAt) / 1_000
    // Not of a record that cannot be read.
    if (Number.isFinite(duration)) observe({ end }, Math.max(0, duration))
  }
}

/** Registers authentication failures. The step says which credential failed; passwords are checked by the application. */
function createCountFailure(registry: MetricRegistry): CountEvent {
  const count = createCounter(registry, {
    name: 'coatcheck_authentication_failures_total',
    help: 'Presented tokens and attempts to sign in that were rejected, by step and reason.',
    initial: [
      ...labelsOf('reason', tokenRejections).map((each) => ({ step: 'token', ...each })),
      ...labelsOf('reason', grantRejections).flatMap((each) => [
        { step: 'access-token', ...each },
        { step: 'refresh-token', ...each },
      ]),
    ],
  })
  return (event) => {
    switch (event.type) {
      case 'token-rejected':
        return count({ step: 'token', reason: event.reason })
      case 'unknown-tokens-throttled':
        return count({ step: 'token', reason: 'throttled' })
      case 'grant-token-rejected':
        return count({ step: `${event.token}-token`, reason: event.reason })
      case 'refresh-token-reused':
        return count({ step: 'refresh-token', reason: 'reused' })
      case 'sign-in-blocked':
        return count({ step: 'sign-in', reason: event.reason })
      case 'pending-sign-in-rejected':
        return count({ step: 'second-step', reason: event.reason })
      default:
    }
  }
}

function labelsOf(name: string, values: Readonly<Record<string, true>>): readonly Labels[] {
  return Object.keys(values).map((value) => ({ [name]: value }))
}

// Complete, or these do not compile.
const timeouts: Readonly<Record<Expiry, true>> = { 'absolute-timeout': true, 'idle-timeout': true }

const csrfRefusals: Readonly<Record<CsrfRefusal, true>> = {
  'cross-site': true,
  'foreign-origin': true,
  'token-missing': true,
  'token-mismatch': true,
}

const refusedChecks: Readonly<Record<RefusedCheck, true>> = {
  https_required: true,
  embedding_refused: true,
  step_up_required: true,
  recent_authentication_required: true,
}

const tokenRejections: Readonly<Record<RejectionReason, true>> = {
  malformed: true,
  unknown: true,
  'wrong-secret': true,
  'secret-reused': true,
  'secret-replaced': true,
  'session-ended': true,
  'ip-address-changed': true,
  'user-agent-changed': true,
  'assurance-too-low': true,
}

const grantRejections: Readonly<Record<GrantTokenRejection, true>> = {
  malformed: true,
  unknown: true,
  expired: true,
  'grant-ended': true,
  'wrong-client': true,
}

const eventTypes: Readonly<Record<CountedEvent['type'], true>> = {
  'session-created': true,
  'session-rotated': true,
  'session-stepped-up': true,
  'session-revoked': true,
  'session-expired': true,
  'secret-reused': true,
  'ip-address-changed': true,
  'user-agent-changed': true,
  'step-up-required': true,
  'token-rejected': true,
  'unknown-tokens-throttled': true,
  'sign-in-blocked': true,
  'sign-in-pending': true,
  'pending-sign-in-rejected': true,
  'csrf-refused': true,
  'request-refused': true,
  'record-unreadable': true,
  'revocation-channel-interrupted': true,
  'store-failed': true,
  'protection-missing': true,
  'sweep-failed': true,
  'clock-skewed': true,
  'activity-lost': true,
  'redirect-loop-prevented': true,
  'client-address-shared': true,
  'grant-created': true,
  'grant-refreshed': true,
  'grant-revoked': true,
  'grant-expired': true,
  'refresh-token-reused': true,
  'grant-token-rejected': true,
  'grant-unreadable': true,
}
