import type { Location } from '../../domain/location.ts'

/**
 * Where an address is; `null` where that is not known, or no GeoIP file is configured. Answers from memory,
 * within microseconds, and never throws.
 */
export type GeoLocator = (ipAddress: string | null) => Location | null

/** What became of opening a GeoIP file; `problem` completes "the file …". */
export type GeoDatabaseResult =
  | { readonly status: 'open'; readonly locateIp: GeoLocator }
  | { readonly status: 'failed'; readonly problem: string }

/** Opens the GeoIP file at a path. */
export type OpenGeoDatabase = (path: string) => GeoDatabaseResult
