import type { Place } from '../../domain/place.ts'

/**
 * Where an address is; `null` where that is not known, or no GeoIP file is configured. Answers from memory,
 * within microseconds, and never throws.
 */
export type PlaceFinder = (ipAddress: string | null) => Place | null

/** What became of opening a GeoIP file; `problem` completes "the file …". */
export type OpenedPlaces =
  | { readonly status: 'open'; readonly findPlace: PlaceFinder }
  | { readonly status: 'failed'; readonly problem: string }

/** Opens the GeoIP file at a path. */
export type PlacesOpener = (path: string) => OpenedPlaces
