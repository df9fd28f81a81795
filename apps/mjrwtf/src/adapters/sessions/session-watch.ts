import {
  type Clock,
  type RevocationChannel,
  type SessionRecord,
  type SessionStore,
  systemMonotonicClock,
} from 'coatcheck'
import type { SessionLife, SessionWatch } from '../../application/ports/session-watch.ts'
import { isSessionId } from './session-id.ts'

/** How often the channel is asked, in ms: what it takes at most until a change is told. */
const interval = 1_000

/**
 * How long past its idle deadline a session counts as over, in ms. As the sweep's: activity of the last
 * moments may not be written yet.
 */
const idleGrace = 60_000

export interface SessionWatchPorts {
  readonly store: Pick<SessionStore, 'find'>
  readonly channel: RevocationChannel
  readonly clock: Clock
}

/** Looks at sessions in their store, past verification, which would note activity. */
export function createSessionWatch({ store, channel, clock }: SessionWatchPorts): SessionWatch {
  return {
    async look(sessionId) {
      if (!isSessionId(sessionId)) return gone
      const record = await store.find(sessionId)
      return record === null ? gone : lifeOf(record, clock.now())
    },
    listen({ changed, anyChanged }) {
      const subscription = channel.subscribe({
        listener: { changed, anyChanged, delayed() {}, interrupted() {} },
        clock: systemMonotonicClock,
        leaseDuration: 4 * interval,
      })
      const timer = setInterval(() => {
        subscription.prove()
        // Some channels look only when they are asked what they have proved.
        subscription.provenAt()
      }, interval).unref()
      return async () => {
        clearInterval(timer)
        await subscription.close()
      }
    },
  }
}

/** The account went, and its sessions with it. */
const gone = { status: 'over', reason: 'gone' } as const

function lifeOf(record: SessionRecord, now: number): SessionLife {
  const { endReason, expiresAt, lastActivityAt, idleTimeout } = record
  const idleUntil = lastActivityAt + idleTimeout + idleGrace
  if (endReason !== null) return { status: 'over', reason: endReason }
  if (now >= expiresAt) return { status: 'over', reason: 'absolute-timeout' }
  if (now >= idleUntil) return { status: 'over', reason: 'idle-timeout' }
  return { status: 'live', until: Math.min(expiresAt, idleUntil) }
}
