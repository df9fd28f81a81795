/** Where an address is, as far as a GeoIP file tells. It is a guess of the file's maker, and proves nothing. */
export interface Location {
  /** ISO 3166-1 code of two letters. */
  readonly country: string | null
  /** In English. */
  readonly city: string | null
  readonly position: Position | null
}

/** A point on the earth, in degrees (WGS 84). */
export interface Position {
  /** -90 at the south pole to 90 at the north pole. */
  readonly latitude: number
  /** -180 to 180, east of Greenwich counted up. */
  readonly longitude: number
  /** How far off the true place may be, in kilometres; `null` where the file does not say. */
  readonly accuracy: number | null
}

const countryNames = new Intl.DisplayNames('en', { type: 'region', fallback: 'code' })

/** A country in English; what is no code of two letters comes back as it is. */
export function countryName(code: string): string {
  return /^[A-Za-z]{2}$/.test(code) ? (countryNames.of(code) ?? code) : code
}

/** A place in words for people, `Lyon, France`; `null` where there is nothing to say. */
export function locationText(location: Location | null): string | null {
  if (location === null) return null
  const country = location.country === null ? null : countryName(location.country)
  const parts = [location.city, country].filter((part) => part !== null)
  return parts.length === 0 ? null : parts.join(', ')
}

/** Mean radius of the earth. */
const earthRadius = 6_371

/** Kilometres between two points over the surface (haversine; the earth taken for a sphere, 0.5 % off at most). */
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
