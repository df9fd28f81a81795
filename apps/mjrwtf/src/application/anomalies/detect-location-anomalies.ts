import {
  alternationWindow,
  type IpAddressChange,
  isConcurrentUse,
  isFarApart,
  isImpossibleTravel,
  maxTravelTime,
  type Proximity,
} from '../../domain/anomaly.ts'
import type { SecurityEvent } from '../../domain/security-event.ts'
import { type Instant, minute } from '../../domain/time.ts'
import type { UserSession } from '../ports/user-sessions.ts'
import type { DetectionInput } from '../security-log/detection-input.ts'
import type { AnomaliesDependencies } from './dependencies.ts'

type LocationDetectorDependencies = Pick<
  AnomaliesDependencies,
  'securityEvents' | 'sessions' | 'locateIp'
>

/** Returns the other IP address of an anomaly, or `null` if there is none. */
export type DetectLocationAnomaly = (
  input: DetectionInput,
) => Promise<{ readonly otherIpAddress: string | null } | null>

/** Number of events read per user, newest first. */
const maxEventsRead = 60

/** Detects a session that alternates between two networks, when its IP address changes. */
export function createDetectConcurrentUse(
  dependencies: LocationDetectorDependencies,
): DetectLocationAnomaly {
  const { securityEvents, locateIp } = dependencies

  return async function detectConcurrentUse({ event }) {
    if (event.kind !== 'ip-address-changed') return null
    const { userId } = event
    const request = {
      userId,
      kinds: ['ip-address-changed'] as const,
      limit: maxEventsRead,
      start: null,
    }
    const { events } = await securityEvents.list(request)
    const changes = events.filter((each) => isWithin(each, event)).map(toChange)
    const latest = toChange(event)
    if (!isConcurrentUse(changes, latest, proximityOf(latest))) return null
    return { otherIpAddress: event.detail }
  }

  function proximityOf({ from, to }: IpAddressChange): Proximity {
    const fromPosition = locateIp(from)?.position ?? null
    const toPosition = locateIp(to)?.position ?? null
    if (fromPosition === null || toPosition === null) return null
    return isFarApart(fromPosition, toPosition) ? 'far' : 'near'
  }
}

function isWithin(event: SecurityEvent, latest: SecurityEvent): boolean {
  if (event.sessionId !== latest.sessionId || event.at > latest.at) return false
  return event.at > latest.at - alternationWindow
}

function toChange({ at, detail: from, ipAddress: to, userAgent }: SecurityEvent): IpAddressChange {
  return { at, from, to, userAgent }
}

/** Use of an account from an IP address. */
interface Use {
  readonly ipAddress: string | null
  readonly at: Instant
}

/** Detects use at a location that the user cannot have reached since the previous use. For sign-ins and IP address changes. */
export function createDetectImpossibleTravel({
  securityEvents,
  sessions,
  locateIp,
}: LocationDetectorDependencies): DetectLocationAnomaly {
  return async function detectImpossibleTravel(input) {
    const { event } = input
    const position = locateIp(event.ipAddress)?.position ?? null
    if (position === null) return null
    const uses = [...earlierUses(input), ...(await recentUses(event))]
    const from = uses.find((use) => isTooFar(use, { position, at: event.at }))
    return from === undefined ? null : { otherIpAddress: from.ipAddress }
  }

  function isTooFar({ ipAddress, at }: Use, to: Parameters<typeof isImpossibleTravel>[1]): boolean {
    const position = locateIp(ipAddress)?.position ?? null
    return position !== null && isImpossibleTravel({ position, at }, to)
  }

  async function recentUses(event: SecurityEvent): Promise<readonly Use[]> {
    const { userId, at } = event
    const kinds = ['session-created', 'ip-address-changed'] as const
    const history = await securityEvents.list({ userId, kinds, limit: maxEventsRead, start: null })
    const earlierEvents = history.events.filter(
      (each) => each.id !== event.id && each.at <= at && each.at > at - maxTravelTime,
    )
    const liveSessions = await sessions.list(userId)
    const otherSessions = liveSessions.filter((session) => wasActive(session, event))
    return [
      ...earlierEvents,
      ...otherSessions.map((session) => ({
        ipAddress: lastIpAddress(session.id, earlierEvents) ?? session.ipAddress,
        at: Math.min(session.lastActivityAt, at),
      })),
    ]
  }
}

/** Activity up to this long after an event still counts as activity during it, in ms, because detection runs later. */
const activityTolerance = minute

function wasActive({ id, createdAt, lastActivityAt }: UserSession, event: SecurityEvent): boolean {
  if (id === event.sessionId || createdAt > event.at) return false
  return lastActivityAt <= event.at + activityTolerance
}

function earlierUses({ event, lastActivityAt }: DetectionInput): readonly Use[] {
  return lastActivityAt === null ? [] : [{ ipAddress: event.detail, at: lastActivityAt }]
}

/** Returns the latest IP address of a session. `events` is sorted newest first. */
function lastIpAddress(sessionId: string, events: readonly SecurityEvent[]): string | null {
  return events.find((event) => event.sessionId === sessionId)?.ipAddress ?? null
}
