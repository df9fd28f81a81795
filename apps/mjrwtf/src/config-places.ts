import type { PlaceFinder, PlacesOpener } from './application/ports/place-finder.ts'
import { filePath } from './config-values.ts'
import type { Variables } from './config-variables.ts'

/** Reads GEOIP_DATABASE and opens the file; `null` where there is none, or where it is to be left alone. */
export function readPlaces(variables: Variables, openPlaces?: PlacesOpener): PlaceFinder | null {
  const accepted = 'the path of a .mmdb file with cities or countries'
  const path = variables.read<string | null>('GEOIP_DATABASE', {
    parse: filePath,
    accepted,
    fallback: null,
  })
  if (path === null || openPlaces === undefined) return null
  const opened = openPlaces(path)
  if (opened.status === 'open') return opened.findPlace
  variables.refuse('GEOIP_DATABASE', `${accepted}; this one ${opened.problem}`)
  return null
}
