import type { Location } from '../../domain/location.ts'

/**
 * Returns the location of an IP address, or `null` if it is unknown or no GeoIP file is configured. Reads from memory
 * within microseconds and never throws.
 */
export type GeoLocator = (ipAddress: string | null) => Location | null

/** `problem` completes "the file …". */
export type GeoDatabaseResult =
  | { readonly status: 'open'; readonly locateIp: GeoLocator }
  | { readonly status: 'failed'; readonly problem: string }

/** Opens the GeoIP file at a path. */
export type OpenGeoDatabase = (path: string) => GeoDatabaseResult

/** Browser and operating system by name; `null` if unknown. */
export interface Device {
  readonly browser: string | null
  readonly system: string | null
}

/** Parses a User-Agent header. The client chooses it, so the result is not reliable. */
export type DeviceDetector = (userAgent: string | null) => Device

/** The name of the bot that a User-Agent header names; `null` for a browser, or a bot that poses as one. */
export type BotDetector = (userAgent: string | null) => string | null
