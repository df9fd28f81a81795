import { networkOf } from './address.ts'
import { distanceBetween, type Position } from './place.ts'
import { hour, type Instant, type Milliseconds, minute } from './time.ts'

/** That an account was used at a place. */
export interface PlacedUse {
  readonly position: Position
  readonly at: Instant
}

/** Nobody travels faster between two towns, in kilometres per hour. */
const fastest = 1_000

/** Nearer than this, in kilometres, nothing is said of a journey: one town has several networks. */
const leastDistance = 100

/** How far off a place may be, in kilometres, where the file does not say: a mobile network is placed at its gateway. */
const assumedAccuracy = 250

/** By how much the clocks of two processes may differ. */
const clockTolerance: Milliseconds = minute

/** Kilometres that surely lie between two places, the errors that the file grants itself taken off. */
export function leastDistanceBetween(one: Position, other: Position): number {
  const errors = (one.accuracy ?? assumedAccuracy) + (other.accuracy ?? assumedAccuracy)
  return Math.max(0, distanceBetween(one, other) - errors)
}

/** Whether two places are so far apart that one device is not at both within minutes. */
export function areFarApart(one: Position, other: Position): boolean {
  return leastDistanceBetween(one, other) >= leastDistance
}

/**
 * Whether nobody can have been at both places at those instants. Of a later use before the earlier one nothing
 * is said: the clock was set back meanwhile, and how much time has passed cannot be known.
 */
export function isImpossibleTravel(from: PlacedUse, to: PlacedUse): boolean {
  const passed = to.at - from.at
  if (passed < -clockTolerance || !areFarApart(from.position, to.position)) return false
  const hours = Math.max(0, passed) / hour
  return leastDistanceBetween(from.position, to.position) > fastest * hours
}

/** Uses from longer ago say nothing of a journey: in that time anybody can have come from anywhere. */
export const longestJourney: Milliseconds = 20 * hour

/** That a session went on from another address. */
export interface AddressChange {
  readonly at: Instant
  readonly from: string | null
  readonly to: string | null
  /** The browser that came from there. */
  readonly userAgent: string | null
}

/** Changes further apart are a person on the move. */
export const alternationWindow: Milliseconds = 10 * minute

/** Returns to a network that make two places of it, in general; at its front door a phone makes one or two. */
const suspiciousReturns = 3

/** What is known of where two addresses are: `null` where it is nothing. */
export type Nearness = 'far' | 'near' | null

/**
 * Whether a session is used from two places at once, by its changes of address within `alternationWindow`, of which
 * `last` is the newest: it goes back and forth between two networks. One return is enough where the browsers
 * differ or the places are far apart, for no device does either. Where the places are near, or one address is IPv4 and
 * the other IPv6, one browser is taken for one device.
 */
export function isUsedFromTwoPlaces(
  changes: readonly AddressChange[],
  last: AddressChange,
  nearness: Nearness,
): boolean {
  const [here, there] = [networkOf(last.to), networkOf(last.from)]
  if (here === null || there === null || here === there) return false
  const came = changes.filter(({ from, to }) => networkOf(from) === there && networkOf(to) === here)
  const went = changes.filter(({ from, to }) => networkOf(from) === here && networkOf(to) === there)
  const returns = Math.min(came.length, went.length)
  if (nearness === 'far' || haveOtherBrowsers(came, went)) return returns >= 1
  const isOneDevice = nearness === 'near' || isIpv6(last.from) !== isIpv6(last.to)
  return !isOneDevice && returns >= suspiciousReturns
}

function haveOtherBrowsers(
  came: readonly AddressChange[],
  went: readonly AddressChange[],
): boolean {
  const agents = new Set(came.map(({ userAgent }) => userAgent))
  return went.every(({ userAgent }) => !agents.has(userAgent))
}

function isIpv6(address: string | null): boolean {
  return address?.includes(':') === true
}

/** Wrong passwords since the last right one that are worth a letter: nobody mistypes that often. */
export const manyFailures = 10

/** How often the same is told, and held against a session, at most. */
export const anomalyInterval: Milliseconds = hour
/** How often a letter of one kind is sent to one user, at most. */
export const letterInterval: Milliseconds = 24 * hour
