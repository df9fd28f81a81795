/** The location of an IP address in a GeoIP file. An estimate. */
export interface Location {
  /** ISO 3166-1 alpha-2 code. */
  readonly country: string | null
  /** In English. */
  readonly city: string | null
  readonly position: Position | null
}

/** A point on the earth, in degrees (WGS 84). */
export interface Position {
  /** -90 at the south pole to 90 at the north pole. */
  readonly latitude: number
  /** -180 to 180, positive east of Greenwich. */
  readonly longitude: number
  /** Accuracy radius in km; `null` if the file has none. */
  readonly accuracy: number | null
}

const countryNames = new Intl.DisplayNames('en', { type: 'region', fallback: 'code' })

/** The English name of a country. Returns anything but a code of two characters unchanged. */
export function countryName(code: string): string {
  return /^[A-Za-z]{2}$/.test(code) ? (countryNames.of(code) ?? code) : code
}

/** Formats a location, `Lyon, France`; `null` if neither city nor country is known. */
export function locationText(location: Location | null): string | null {
  if (location === null) return null
  const country = location.country === null ? null : countryName(location.country)
  const parts = [location.city, country].filter((part) => part !== null)
  return parts.length === 0 ? null : parts.join(', ')
}

/** Mean radius of the earth in km. */
const earthRadius = 6_371

/** Great-circle distance in km (haversine on a sphere, at most 0.5 % off). */
export function distanceBetween(one: Position, other: Position): number {
  const [latitude, otherLatitude] = [radians(one.latitude), radians(other.latitude)]
  const latitudeTerm = Math.sin((otherLatitude - latitude) / 2) ** 2
  const longitudeTerm = Math.sin(radians(other.longitude - one.longitude) / 2) ** 2
  const chord = latitudeTerm + Math.cos(latitude) * Math.cos(otherLatitude) * longitudeTerm
  return 2 * earthRadius * Math.asin(Math.min(1, Math.sqrt(chord)))
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180
}
