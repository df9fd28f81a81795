import { readFileSync } from 'node:fs'
import { isIP, isIPv6 } from 'node:net'
import { type CityResponse, Reader } from 'mmdb-lib'
import { z } from 'zod'
import type { GeoDatabaseResult } from '../../application/ports/client-detection.ts'
import type { Location, Position } from '../../domain/location.ts'

/**
 * Reads a GeoIP file in the MaxMind DB format (version 2.0) into memory. It must contain cities or countries in the
 * record layout of MaxMind and DB-IP. The file is not read again.
 */
export function openGeoDatabase(path: string): GeoDatabaseResult {
  const file = read(path)
  if (typeof file === 'string') return { status: 'failed', problem: file }
  const reader = open(file)
  if (reader === null) return { status: 'failed', problem: 'is not a .mmdb file or is corrupt' }
  const { databaseType } = reader.metadata
  if (!/city|country|enterprise|insights|location/i.test(databaseType)) {
    return { status: 'failed', problem: 'contains neither cities nor countries' }
  }
  return { status: 'open', locateIp: (ipAddress) => locate(reader, ipAddress) }
}

function read(path: string): Buffer | string {
  try {
    return readFileSync(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    return `cannot be read (${code})`
  }
}

/** Zero bytes between the tree and the data. */
const separatorLength = 16

function open(file: Buffer): Reader<CityResponse> | null {
  try {
    const reader = new Reader<CityResponse>(file)
    const { binaryFormatMajorVersion, ipVersion, searchTreeSize, databaseType } = reader.metadata
    const isSupported = binaryFormatMajorVersion === 2 && (ipVersion === 4 || ipVersion === 6)
    const isComplete = searchTreeSize + separatorLength <= file.length
    return isSupported && isComplete && typeof databaseType === 'string' ? reader : null
  } catch {
    return null
  }
}

function locate(reader: Reader<CityResponse>, ipAddress: string | null): Location | null {
  if (ipAddress === null || isIP(ipAddress) === 0) return null
  // The reader would look up the first 32 bits of the IPv6 address in the IPv4 tree.
  if (isIPv6(ipAddress) && reader.metadata.ipVersion === 4) return null
  try {
    return toLocation(reader.get(ipAddress))
  } catch {
    // A corrupt record: the location is unknown.
    return null
  }
}

/** The fields that are used. Invalid fields are ignored. */
const locationSchema = z.object({
  country: z
    .object({ iso_code: z.string().regex(/^[A-Z]{2}$/) })
    .nullish()
    .catch(null),
  city: z
    .object({ names: z.object({ en: z.string().min(1) }) })
    .nullish()
    .catch(null),
  location: z
    .object({
      latitude: z.number().min(-90).max(90),
      longitude: z.number().min(-180).max(180),
      accuracy_radius: z.number().min(0).nullish().catch(null),
    })
    .nullish()
    .catch(null),
})

/** Longer names are truncated, because they appear on pages and in emails. */
const maxNameLength = 100

function toLocation(record: unknown): Location | null {
  const parsed = locationSchema.safeParse(record)
  if (!parsed.success) return null
  const { country, city, location } = parsed.data
  if (country == null && city == null && location == null) return null
  return {
    country: country?.iso_code ?? null,
    city: city?.names.en.replace(/\p{C}+/gu, ' ').slice(0, maxNameLength) ?? null,
    position: location == null ? null : toPosition(location),
  }
}

interface PositionRecord {
  readonly latitude: number
  readonly longitude: number
  readonly accuracy_radius?: number | null | undefined
}

function toPosition({ latitude, longitude, accuracy_radius: accuracy }: PositionRecord): Position {
  return { latitude, longitude, accuracy: accuracy ?? null }
}
