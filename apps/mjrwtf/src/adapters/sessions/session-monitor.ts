import {
  type Clock,
  type RevocationChannel,
  type SessionRecord,
  type SessionStore,
  systemMonotonicClock,
} from 'coatcheck'
import type { SessionMonitor, SessionStatus } from '../../application/ports/session-monitor.ts'
import { isSessionId } from './session-id.ts'

/** How often the channel is asked, in ms: what it takes at most until a change is told. */
const pollInterval = 1_000

/**
 * How long past its idle deadline a session counts as over, in ms. As the sweep's: activity of the last
 * moments may not be written yet.
 */
const idleGrace = 60_000

export interface SessionMonitorPorts {
  readonly store: Pick<SessionStore, 'find'>
  readonly channel: RevocationChannel
  readonly clock: Clock
}

/** Looks at sessions in their store, past verification, which would note activity. */
export function createSessionMonitor({
  store,
  channel,
  clock,
}: SessionMonitorPorts): SessionMonitor {
  return {
    async check(sessionId) {
      if (!isSessionId(sessionId)) return endedStatus
      const record = await store.find(sessionId)
      return record === null ? endedStatus : statusOf(record, clock.now())
    },
    subscribe({ onChange, onReset }) {
      const subscription = channel.subscribe({
        listener: { onChange, onReset, onLatency() {}, onInterrupted() {} },
        clock: systemMonotonicClock,
        leaseDuration: 4 * pollInterval,
      })
      const timer = setInterval(() => {
        subscription.requestHeartbeat()
        // Some channels look only when they are asked what they have proved.
        subscription.freshAsOf()
      }, pollInterval).unref()
      return async () => {
        clearInterval(timer)
        await subscription.close()
      }
    },
  }
}

/** The account went, and its sessions with it. */
const endedStatus = { status: 'ended', reason: 'gone' } as const

function statusOf(record: SessionRecord, now: number): SessionStatus {
  const { endReason, expiresAt, lastActivityAt, idleTimeout } = record
  const idleUntil = lastActivityAt + idleTimeout + idleGrace
  if (endReason !== null) return { status: 'ended', reason: endReason }
  if (now >= expiresAt) return { status: 'ended', reason: 'absolute-timeout' }
  if (now >= idleUntil) return { status: 'ended', reason: 'idle-timeout' }
  return { status: 'active', until: Math.min(expiresAt, idleUntil) }
}
