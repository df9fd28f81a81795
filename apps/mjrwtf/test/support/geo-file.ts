import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type MmdbMap, writeMmdb } from './mmdb.ts'

/** IP addresses in the networks below. */
export const ipAddresses = {
  lyon: '203.0.113.7',
  /** In the same city, but in another network. */
  lyonMobile: '192.0.2.7',
  sydney: '198.51.100.7',
  auckland: '2001:db8:64::7',
  /** In a network of which only the country is known. */
  somewhereInJapan: '100.64.0.7',
  unlocated: '100.127.0.7',
} as const

function city(
  code: string,
  name: string,
  [latitude, longitude]: readonly [number, number],
): MmdbMap {
  return {
    country: { iso_code: code },
    city: { names: { en: name } },
    location: { latitude, longitude, accuracy_radius: 20 },
  }
}

const geoDatabase = writeMmdb({
  networks: {
    '203.0.113.0/24': city('FR', 'Lyon', [45.75, 4.85]),
    '192.0.2.0/24': city('FR', 'Lyon', [45.76, 4.9]),
    '198.51.100.0/24': city('AU', 'Sydney', [-33.87, 151.21]),
    '2001:db8:64::/48': city('NZ', 'Auckland', [-36.85, 174.76]),
    '100.64.0.0/16': { country: { iso_code: 'JP' } },
  },
})

/** Writes a GeoIP file with a few cities, for GEOIP_DATABASE. */
export function writeGeoFile() {
  const folder = mkdtempSync(join(tmpdir(), 'geo-'))
  const path = join(folder, 'geo.mmdb')
  writeFileSync(path, geoDatabase)
  return { path, remove: () => rmSync(folder, { recursive: true }) }
}
