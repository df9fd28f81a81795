import { repeatedDetail, type SecurityEventKind } from '../../domain/security-event.ts'
import { hour, type Instant } from '../../domain/time.ts'
import type { UserId } from '../../domain/user.ts'
import { createWindows } from '../shared/windows.ts'

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

interface Counted {
  count: number
  last: Omit<RepeatedEvents, 'detail'> | null
}

/**
 * Stores the first events of each kind, account and hour, and counts the others. A kind has its own window, so that the
 * failures of others cannot displace the events of the user.
 */
export function createEventBudget(): EventBudget {
  const ended: RepeatedEvents[] = []
  const windows = createWindows<Counted>({
    length: hour,
    max: maxWindows,
    create: () => ({ count: 0, last: null }),
    onEnd: (counted) => void ended.push(...toRepeated(counted)),
  })

  return {
    allows({ userId, kind }, now) {
      const counted = windows.valueAt(`${kind} ${userId}`, now)
      counted.count += 1
      counted.last = { userId, kind, at: now }
      return counted.count <= maxListedEvents
    },
    takeEnded(now) {
      windows.removeEnded(now)
      return ended.splice(0)
    },
    takeAll() {
      windows.clear()
      return ended.splice(0)
    },
  }
}

function toRepeated({ count, last }: Counted): readonly RepeatedEvents[] {
  const repeated = count - maxListedEvents
  return last === null || repeated <= 0 ? [] : [{ ...last, detail: repeatedDetail(repeated) }]
}
