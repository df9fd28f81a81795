import { networkOf } from './ip-address.ts'
import { distanceBetween, type Position } from './location.ts'
import { hour, type Instant, type Milliseconds, minute } from './time.ts'

/** A use of an account at a location. */
export interface LocatedUse {
  readonly position: Position
  readonly at: Instant
}

/** Maximum travel speed in km/h. */
const maxSpeed = 1_000

/** Shorter distances, in km, are not evaluated: one city has several networks. */
const minDistance = 100

/** Assumed error of a location, in km, if the GeoIP file has none: mobile networks are located at their gateway. */
const assumedAccuracy = 250

/** Maximum difference between the clocks of two processes. */
const clockTolerance: Milliseconds = minute

/** The minimum distance between two locations in km, given the accuracy of each. */
export function minDistanceBetween(one: Position, other: Position): number {
  const errors = (one.accuracy ?? assumedAccuracy) + (other.accuracy ?? assumedAccuracy)
  return Math.max(0, distanceBetween(one, other) - errors)
}

/** Whether one device cannot be at both locations within minutes. */
export function isFarApart(one: Position, other: Position): boolean {
  return minDistanceBetween(one, other) >= minDistance
}

/**
 * Whether traveling between the two uses would exceed the maximum speed. False if `to` is earlier than `from`: the
 * clock was set back, so the elapsed time is unknown.
 */
export function isImpossibleTravel(from: LocatedUse, to: LocatedUse): boolean {
  const elapsed = to.at - from.at
  if (elapsed < -clockTolerance || !isFarApart(from.position, to.position)) return false
  const hours = Math.max(0, elapsed) / hour
  return minDistanceBetween(from.position, to.position) > maxSpeed * hours
}

/** Within this time any journey is possible, so earlier uses are not compared. */
export const maxTravelTime: Milliseconds = 20 * hour

/** A session continued from another IP address. */
export interface IpAddressChange {
  readonly at: Instant
  readonly from: string | null
  readonly to: string | null
  /** The browser at the new IP address. */
  readonly userAgent: string | null
}

/** Changes that are further apart come from a moving device. */
export const alternationWindow: Milliseconds = 10 * minute

/** Number of returns to the earlier network that count as concurrent use. Switching between Wi-Fi and mobile data causes one or two. */
const minSuspiciousReturns = 3

/** The distance between two IP addresses; `null` if unknown. */
export type Proximity = 'far' | 'near' | null

/**
 * Whether a session is used from two networks concurrently: its IP address alternates between them.
 *
 * One return is enough if the browsers differ or the locations are far apart, which rules out a single device. If the
 * locations are near, or one address is IPv4 and the other IPv6, the same browser counts as one device.
 *
 * @param changes the changes of IP address within `alternationWindow`
 * @param last the newest of them
 */
export function isConcurrentUse(
  changes: readonly IpAddressChange[],
  last: IpAddressChange,
  proximity: Proximity,
): boolean {
  const [currentNetwork, previousNetwork] = [networkOf(last.to), networkOf(last.from)]
  if (currentNetwork === null || previousNetwork === null || currentNetwork === previousNetwork)
    return false
  const arrivals = changes.filter(
    ({ from, to }) => networkOf(from) === previousNetwork && networkOf(to) === currentNetwork,
  )
  const departures = changes.filter(
    ({ from, to }) => networkOf(from) === currentNetwork && networkOf(to) === previousNetwork,
  )
  const returns = Math.min(arrivals.length, departures.length)
  if (proximity === 'far' || useDifferentBrowsers(arrivals, departures)) return returns >= 1
  const isOneDevice = proximity === 'near' || isIpv6(last.from) !== isIpv6(last.to)
  return !isOneDevice && returns >= minSuspiciousReturns
}

function useDifferentBrowsers(
  arrivals: readonly IpAddressChange[],
  departures: readonly IpAddressChange[],
): boolean {
  const agents = new Set(arrivals.map(({ userAgent }) => userAgent))
  return departures.every(({ userAgent }) => !agents.has(userAgent))
}

function isIpv6(address: string | null): boolean {
  return address?.includes(':') === true
}

/** Consecutive wrong passwords that are reported by email. Typing errors do not reach this number. */
export const failureThreshold = 10

/** Consecutive wrong second factors that are reported by email: all that one pending sign-in allows. */
export const factorFailureThreshold = 5

/** Minimum time between reports of the same anomaly. */
export const anomalyInterval: Milliseconds = hour
/** Minimum time between emails of one kind to one user. */
export const emailInterval: Milliseconds = 24 * hour
