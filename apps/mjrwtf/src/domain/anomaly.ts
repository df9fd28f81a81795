import { networkOf } from './ip-address.ts'
import { distanceBetween, type Position } from './location.ts'
import { hour, type Instant, type Milliseconds, minute } from './time.ts'

/** That an account was used at a place. */
export interface LocatedUse {
  readonly position: Position
  readonly at: Instant
}

/** Nobody travels faster between two towns, in kilometres per hour. */
const maxSpeed = 1_000

/** Nearer than this, in kilometres, nothing is said of a journey: one town has several networks. */
const minDistance = 100

/** How far off a place may be, in kilometres, where the file does not say: a mobile network is placed at its gateway. */
const assumedAccuracy = 250

/** By how much the clocks of two processes may differ. */
const clockTolerance: Milliseconds = minute

/** Kilometres that surely lie between two places, the errors that the file grants itself taken off. */
export function minDistanceBetween(one: Position, other: Position): number {
  const errors = (one.accuracy ?? assumedAccuracy) + (other.accuracy ?? assumedAccuracy)
  return Math.max(0, distanceBetween(one, other) - errors)
}

/** Whether two places are so far apart that one device is not at both within minutes. */
export function isFarApart(one: Position, other: Position): boolean {
  return minDistanceBetween(one, other) >= minDistance
}

/**
 * Whether nobody can have been at both places at those instants. Of a later use before the earlier one nothing
 * is said: the clock was set back meanwhile, and how much time has passed cannot be known.
 */
export function isImpossibleTravel(from: LocatedUse, to: LocatedUse): boolean {
  const elapsed = to.at - from.at
  if (elapsed < -clockTolerance || !isFarApart(from.position, to.position)) return false
  const hours = Math.max(0, elapsed) / hour
  return minDistanceBetween(from.position, to.position) > maxSpeed * hours
}

/** Uses from longer ago say nothing of a journey: in that time anybody can have come from anywhere. */
export const maxTravelTime: Milliseconds = 20 * hour

/** That a session went on from another address. */
export interface IpAddressChange {
  readonly at: Instant
  readonly from: string | null
  readonly to: string | null
  /** The browser that came from there. */
  readonly userAgent: string | null
}

/** Changes further apart are a person on the move. */
export const alternationWindow: Milliseconds = 10 * minute

/** Returns to a network that make two places of it, in general; at its front door a phone makes one or two. */
const minSuspiciousReturns = 3

/** What is known of where two addresses are: `null` where it is nothing. */
export type Proximity = 'far' | 'near' | null

/**
 * Whether a session is used from two places at once, by its changes of address within `alternationWindow`, of which
 * `last` is the newest: it goes back and forth between two networks. One return is enough where the browsers
 * differ or the places are far apart, for no device does either. Where the places are near, or one address is IPv4 and
 * the other IPv6, one browser is taken for one device.
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

/** Wrong passwords since the last right one that are worth a letter: nobody mistypes that often. */
export const failureThreshold = 10

/** How often the same is told, and held against a session, at most. */
export const anomalyInterval: Milliseconds = hour
/** How often a letter of one kind is sent to one user, at most. */
export const emailInterval: Milliseconds = 24 * hour
