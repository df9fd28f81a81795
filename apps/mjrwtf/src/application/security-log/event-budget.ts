import { repeatedDetail, type SecurityEventKind } from '../../domain/security-event.ts'
import { hour, type Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'

/** Events of one kind that an account stores one by one in an hour. More than any user causes. */
export const maxListedEvents = 20

/** Windows that are tracked at the same time. Beyond it, the oldest ends early. */
const maxWindows = 50_000

/** The events of a kind that were counted in an hour, but not stored one by one. */
export interface RepeatedEvents {
  readonly userId: UserId
  readonly kind: SecurityEventKind
  /** Of the last one. */
  readonly at: Instant
  readonly detail: string
}

type EventSubject = Pick<RepeatedEvents, 'userId' | 'kind'>

/** Limits how many events an account stores. In memory, so each process has its own. */
export interface EventBudget {
  /** Counts the event. Returns whether to store it. */
  allows(subject: EventSubject, now: Instant): boolean
  /** Returns what was counted in the hours that have ended, once. */
  takeEnded(now: Instant): readonly RepeatedEvents[]
  /** The same for all hours, also those that have not ended. */
  takeAll(): readonly RepeatedEvents[]
}

interface Window extends EventSubject {
  readonly since: Instant
  readonly count: number
  readonly lastAt: Instant
}

/**
 * Stores the first events of each kind, account and hour, and counts the others. A kind has its own window, so that the
 * failures of others cannot displace the events of the user.
 */
export function createEventBudget(): EventBudget {
  // In the order of `since`.
  const windows = new Map<string, Window>()

  function take(isEnded: (window: Window) => boolean): readonly RepeatedEvents[] {
    const taken: RepeatedEvents[] = []
    for (const [key, window] of windows) {
      if (!isEnded(window) && windows.size <= maxWindows) break
      windows.delete(key)
      taken.push(...toRepeated(window))
    }
    return taken
  }

  return {
    allows({ userId, kind }, now) {
      const key = `${kind} ${userId}`
      const { since = now, count = 0 } = windows.get(key) ?? {}
      windows.set(key, { userId, kind, since, count: count + 1, lastAt: now })
      return count < maxListedEvents
    },
    // A window that starts in the future was created before the clock was set back.
    takeEnded: (now) => take(({ since }) => Math.abs(now - since) >= hour),
    takeAll: () => take(() => true),
  }
}

function toRepeated({ userId, kind, count, lastAt }: Window): readonly RepeatedEvents[] {
  const repeated = count - maxListedEvents
  if (repeated <= 0) return []
  return [{ userId, kind, at: lastAt, detail: repeatedDetail(repeated) }]
}
