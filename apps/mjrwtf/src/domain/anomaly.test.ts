import { describe, expect, it } from 'vitest'
import {
  type IpAddressChange,
  isConcurrentUse,
  isImpossibleTravel,
  type LocatedUse,
  type Proximity,
} from './anomaly.ts'
import type { Position } from './location.ts'
import { hour, minute, second } from './time.ts'

const positionAt = (
  latitude: number,
  longitude: number,
  accuracy: number | null = 20,
): Position => ({
  latitude,
  longitude,
  accuracy,
})
const lyon = positionAt(45.75, 4.85)
const paris = positionAt(48.86, 2.35)
const marseille = positionAt(43.3, 5.4)
const sydney = positionAt(-33.87, 151.21)
const suva = positionAt(-17.8, 178)
const apia = positionAt(-13.8, -172)
const pole = positionAt(90, 0)
const samePole = positionAt(90, 135)

const at = Date.UTC(2026, 2, 28, 12)
const useAt = (position: Position, later = 0): LocatedUse => ({ position, at: at + later })

describe('isImpossibleTravel', () => {
  it.each<[string, LocatedUse, boolean]>([
    ['the same location', useAt(lyon), false],
    ['to another city at the same time', useAt(sydney), true],
    // 16,883 km minus the accuracy of both: 16.84 hours at 1,000 km/h.
    ['round the world in 16 hours', useAt(sydney, 16 * hour), true],
    ['round the world in 17 hours', useAt(sydney, 17 * hour), false],
    // 391 km minus 40: 21 minutes.
    ['to Paris in 20 minutes', useAt(paris, 20 * minute), true],
    ['to Paris in 22 minutes', useAt(paris, 22 * minute), false],
    ['to Marseille with unknown accuracy', useAt({ ...marseille, accuracy: null }), false],
    ['to a location with an accuracy of 500 km', useAt({ ...paris, accuracy: 500 }), false],
    ['to an exact location', useAt({ ...marseille, accuracy: 0 }), true],
    // The clocks of two processes differ slightly; by an hour only if one was set.
    ['far away, one second earlier', useAt(sydney, -second), true],
    ['far away, after the clock was set back by an hour', useAt(sydney, -hour), false],
  ])('%s', (_, to, isImpossible) => {
    expect(isImpossibleTravel(useAt(lyon), to)).toBe(isImpossible)
  })

  it('measures across the antimeridian by the shorter way', () => {
    // 1,150 km, not 38,000 km the other way around.
    expect(isImpossibleTravel(useAt(suva), useAt(apia, 1.5 * hour))).toBe(false)
    expect(isImpossibleTravel(useAt(suva), useAt(apia, 0.5 * hour))).toBe(true)
  })

  it('treats all longitudes at a pole as one point', () => {
    expect(isImpossibleTravel(useAt(pole), useAt(samePole))).toBe(false)
    expect(isImpossibleTravel(useAt(pole), useAt(positionAt(-90, 0), 19 * hour))).toBe(true)
  })

  it('ignores changes to daylight-saving time', () => {
    // In Paris, March 29, 2026 has no hour from 2 to 3.
    const before = { position: lyon, at: Date.UTC(2026, 2, 29, 0, 50) }
    const after = (minutes: number) => ({ position: paris, at: before.at + minutes * minute })
    expect(isImpossibleTravel(before, after(20))).toBe(true)
    expect(isImpossibleTravel(before, after(22))).toBe(false)
  })
})

const home = '203.0.113.7'
const cafe = '192.0.2.7'

/** The changes of a session that moves to each IP address in turn, a minute apart. */
function walk(addresses: readonly string[], agents: Readonly<Record<string, string>> = {}) {
  return addresses.slice(1).map((to, index): IpAddressChange => {
    const from = addresses[index] ?? ''
    return { at: at + index * minute, from, to, userAgent: agents[to] ?? 'Firefox' }
  })
}

describe('isConcurrentUse', () => {
  const twoBrowsers = { [home]: 'Firefox', [cafe]: 'Chrome' }
  it.each<[string, readonly IpAddressChange[], Proximity, boolean]>([
    ['a phone that leaves', walk([home, cafe]), null, false],
    ['a phone that returns', walk([home, cafe, home]), null, false],
    ['a phone that returns twice', walk([home, cafe, home, cafe, home]), null, false],
    ['back and forth three times', walk([home, cafe, home, cafe, home, cafe, home]), null, true],
    ['back and forth in one city', walk([home, cafe, home, cafe, home, cafe, home]), 'near', false],
    ['far away and back', walk([home, cafe, home]), 'far', true],
    ['far away without return', walk([home, cafe]), 'far', false],
    ['two alternating browsers', walk([home, cafe, home], twoBrowsers), null, true],
    ['two alternating browsers in one city', walk([home, cafe, home], twoBrowsers), 'near', true],
    ['another browser without return', walk([home, cafe], twoBrowsers), null, false],
    ['a series of networks', walk([home, cafe, '198.51.100.7', '100.64.0.7', home]), null, false],
    ['within one network', walk([home, '203.0.113.8', home, '203.0.113.8', home]), 'far', false],
  ])('%s', (...row) => {
    const [, changes, nearness, expected] = row
    const last = changes.at(-1)
    if (last === undefined) throw new Error('No change.')
    expect(isConcurrentUse(changes, last, nearness)).toBe(expected)
  })

  it('ignores alternation between IPv4 and IPv6 unless the locations are far apart', () => {
    const v6 = '2001:db8:1:2::7'
    const changes = walk([home, v6, home, v6, home, v6, home, v6, home])
    const last = changes.at(-1)
    if (last === undefined) throw new Error('No change.')
    expect(isConcurrentUse(changes, last, null)).toBe(false)
    expect(isConcurrentUse(changes, last, 'far')).toBe(true)
  })

  it('ignores unknown IP addresses', () => {
    const change = { at, from: null, to: home, userAgent: null }
    expect(isConcurrentUse([change, { ...change, from: home, to: null }], change, 'far')).toBe(
      false,
    )
  })
})
