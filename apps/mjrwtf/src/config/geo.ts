import type { GeoLocator, OpenGeoDatabase } from '../application/ports/geo-locator.ts'
import { filePath } from './values.ts'
import type { Variables } from './variables.ts'

/** Reads GEOIP_DATABASE and opens the file; `null` where there is none, or where it is to be left alone. */
export function readGeoDatabase(
  variables: Variables,
  openGeoDatabase?: OpenGeoDatabase,
): GeoLocator | null {
  const expected = 'the path of a .mmdb file with cities or countries'
  const path = variables.read<string | null>('GEOIP_DATABASE', {
    parse: filePath,
    expected,
    fallback: null,
  })
  if (path === null || openGeoDatabase === undefined) return null
  const result = openGeoDatabase(path)
  if (result.status === 'open') return result.locateIp
  variables.reject('GEOIP_DATABASE', `${expected}; this one ${result.problem}`)
  return null
}
