import {
  type AddressChange,
  alternationWindow,
  areFarApart,
  isImpossibleTravel,
  isUsedFromTwoPlaces,
  longestJourney,
  type Nearness,
} from '../domain/anomaly.ts'
import type { SecurityEvent } from '../domain/security-event.ts'
import { type Instant, minute } from '../domain/time.ts'
import type { PlaceFinder } from './ports/place-finder.ts'
import type { SecurityEventRepository } from './ports/security-event-repository.ts'
import type { UserSession, UserSessions } from './ports/user-sessions.ts'
import type { Sighting } from './sighting.ts'

export interface JudgePlacePorts {
  readonly securityEvents: Pick<SecurityEventRepository, 'list'>
  readonly sessions: Pick<UserSessions, 'list'>
  readonly findPlace: PlaceFinder
}

/** The other address of something unusual, or `null` where there is nothing unusual. */
export type JudgePlace = (sighting: Sighting) => Promise<{ readonly other: string | null } | null>

/** As many events of one user as are looked at: the newest. */
const lookedAt = 60

/** Whether a session goes back and forth between two places. For changes of address. */
export function createJudgeTwoPlaces(ports: JudgePlacePorts): JudgePlace {
  const { securityEvents, findPlace } = ports

  return async function judgeTwoPlaces({ event }) {
    if (event.kind !== 'address-changed') return null
    const { userId } = event
    const request = { userId, kinds: ['address-changed'] as const, limit: lookedAt, offset: 0 }
    const { events } = await securityEvents.list(request)
    const changes = events.filter((each) => isWithin(each, event)).map(toChange)
    const last = toChange(event)
    if (!isUsedFromTwoPlaces(changes, last, nearnessOf(last))) return null
    return { other: event.detail }
  }

  function nearnessOf({ from, to }: AddressChange): Nearness {
    const one = findPlace(from)?.position ?? null
    const other = findPlace(to)?.position ?? null
    if (one === null || other === null) return null
    return areFarApart(one, other) ? 'far' : 'near'
  }
}

function isWithin(event: SecurityEvent, last: SecurityEvent): boolean {
  if (event.sessionId !== last.sessionId || event.at > last.at) return false
  return event.at > last.at - alternationWindow
}

function toChange({ at, detail: from, ipAddress: to, userAgent }: SecurityEvent): AddressChange {
  return { at, from, to, userAgent }
}

/** That the account was used from an address. */
interface Use {
  readonly ipAddress: string | null
  readonly at: Instant
}

/** Whether an account is used where nobody can have come to since it was last used. For sign-ins and changes of address. */
export function createJudgeTravel({
  securityEvents,
  sessions,
  findPlace,
}: JudgePlacePorts): JudgePlace {
  return async function judgeTravel(sighting) {
    const { event } = sighting
    const position = findPlace(event.ipAddress)?.position ?? null
    if (position === null) return null
    const uses = [...usesBefore(sighting), ...(await usesOfAccount(event))]
    const from = uses.find((use) => isTooFar(use, { position, at: event.at }))
    return from === undefined ? null : { other: from.ipAddress }
  }

  function isTooFar({ ipAddress, at }: Use, to: Parameters<typeof isImpossibleTravel>[1]): boolean {
    const position = findPlace(ipAddress)?.position ?? null
    return position !== null && isImpossibleTravel({ position, at }, to)
  }

  async function usesOfAccount(event: SecurityEvent): Promise<readonly Use[]> {
    const { userId, at } = event
    const kinds = ['signed-in', 'address-changed'] as const
    const known = await securityEvents.list({ userId, kinds, limit: lookedAt, offset: 0 })
    const earlier = known.events.filter(
      (each) => each.id !== event.id && each.at <= at && each.at > at - longestJourney,
    )
    const live = await sessions.list(userId)
    const others = live.filter((session) => wasInUse(session, event))
    return [
      ...earlier,
      ...others.map((session) => ({
        ipAddress: lastAddress(session.id, earlier) ?? session.ipAddress,
        at: Math.min(session.lastActivityAt, at),
      })),
    ]
  }
}

/** How long after an event a session may have been used and still count as in use then, in ms: judging waits a little. */
const judgedWithin = minute

function wasInUse({ id, createdAt, lastActivityAt }: UserSession, event: SecurityEvent): boolean {
  if (id === event.sessionId || createdAt > event.at) return false
  return lastActivityAt <= event.at + judgedWithin
}

function usesBefore({ event, lastActivityAt }: Sighting): readonly Use[] {
  return lastActivityAt === null ? [] : [{ ipAddress: event.detail, at: lastActivityAt }]
}

/** The newest that is known of a session; events come newest first. */
function lastAddress(sessionId: string, events: readonly SecurityEvent[]): string | null {
  return events.find((event) => event.sessionId === sessionId)?.ipAddress ?? null
}
