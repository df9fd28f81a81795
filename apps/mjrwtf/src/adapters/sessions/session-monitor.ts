import {
  type Clock,
  type RevocationChannel,
  type SessionRecord,
  type SessionStore,
  systemMonotonicClock,
} from 'coatcheck'
import type { SessionMonitor, SessionStatus } from '../../application/ports/user-sessions.ts'
import { isSessionId } from './user-sessions.ts'

/** How often the channel is polled, in ms: the maximum delay until a change is reported. */
const pollInterval = 1_000

/** How long after its idle timeout a session counts as expired, in ms. As in the sweep: recent activity may not be written yet. */
const idleGrace = 60_000

export interface SessionMonitorPorts {
  readonly store: Pick<SessionStore, 'find'>
  readonly channel: RevocationChannel
  readonly clock: Clock
}

/** Reads sessions from the store, because verification would record activity. */
export function createSessionMonitor({
  store,
  channel,
  clock,
}: SessionMonitorPorts): SessionMonitor {
  return {
    async check(sessionId) {
      if (!isSessionId(sessionId)) return accountDeletedStatus
      const record = await store.find(sessionId)
      return record === null ? accountDeletedStatus : statusOf(record, clock.now())
    },
    subscribe({ onChange, onReset }) {
      const subscription = channel.subscribe({
        listener: { onChange, onReset, onLatency() {}, onInterrupted() {} },
        clock: systemMonotonicClock,
        leaseDuration: 4 * pollInterval,
      })
      const timer = setInterval(() => {
        subscription.requestHeartbeat()
        // Some channels poll only when they are asked how fresh they are.
        subscription.freshAsOf()
      }, pollInterval).unref()
      return async () => {
        clearInterval(timer)
        await subscription.close()
      }
    },
  }
}

/** The account was deleted, and its sessions with it. */
const accountDeletedStatus = { status: 'ended', reason: 'account-deleted' } as const

function statusOf(record: SessionRecord, now: number): SessionStatus {
  const { endReason, expiresAt, lastActivityAt, idleTimeout } = record
  const idleUntil = lastActivityAt + idleTimeout + idleGrace
  if (endReason !== null) return { status: 'ended', reason: endReason }
  if (now >= expiresAt) return { status: 'ended', reason: 'absolute-timeout' }
  if (now >= idleUntil) return { status: 'ended', reason: 'idle-timeout' }
  return { status: 'active', until: Math.min(expiresAt, idleUntil) }
}
