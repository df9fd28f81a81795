import { locationText } from '../../domain/location.ts'
import type { GeoLocator } from '../ports/geo-locator.ts'

/** Where an address is, in words for people: `Lyon, France`. `null` where that is not known. */
export type DescribeLocation = (ipAddress: string | null) => string | null

export function createDescribeLocation({
  locateIp,
}: {
  readonly locateIp: GeoLocator
}): DescribeLocation {
  return function describeLocation(ipAddress) {
    return locationText(locateIp(ipAddress))
  }
}
