import { placeText } from '../domain/place.ts'
import type { PlaceFinder } from './ports/place-finder.ts'

/** Where an address is, in words for people: `Lyon, France`. `null` where that is not known. */
export type DescribePlace = (ipAddress: string | null) => string | null

export function createDescribePlace({
  findPlace,
}: {
  readonly findPlace: PlaceFinder
}): DescribePlace {
  return function describePlace(ipAddress) {
    return placeText(findPlace(ipAddress))
  }
}
