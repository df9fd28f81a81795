/** Current name of a time zone in the IANA database, such as `Europe/Berlin`. */
export type TimeZone = string

export const utc: TimeZone = 'UTC'

/** Zones for which the runtime returns an outdated name. */
const renamedZones: ReadonlyMap<string, TimeZone> = new Map([
  ['Africa/Asmera', 'Africa/Asmara'],
  ['America/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
  ['America/Catamarca', 'America/Argentina/Catamarca'],
  ['America/Coral_Harbour', 'America/Atikokan'],
  ['America/Cordoba', 'America/Argentina/Cordoba'],
  ['America/Godthab', 'America/Nuuk'],
  ['America/Indianapolis', 'America/Indiana/Indianapolis'],
  ['America/Jujuy', 'America/Argentina/Jujuy'],
  ['America/Louisville', 'America/Kentucky/Louisville'],
  ['America/Mendoza', 'America/Argentina/Mendoza'],
  ['Asia/Calcutta', 'Asia/Kolkata'],
  ['Asia/Katmandu', 'Asia/Kathmandu'],
  ['Asia/Rangoon', 'Asia/Yangon'],
  ['Asia/Saigon', 'Asia/Ho_Chi_Minh'],
  ['Atlantic/Faeroe', 'Atlantic/Faroe'],
  ['Europe/Kiev', 'Europe/Kyiv'],
  ['Pacific/Enderbury', 'Pacific/Kanton'],
  ['Pacific/Ponape', 'Pacific/Pohnpei'],
  ['Pacific/Truk', 'Pacific/Chuuk'],
])

/** Excludes offsets: an offset such as +02:00 is not a zone, because it has no daylight-saving rules. */
const zoneNamePattern = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/

/** Parses a zone name, including outdated names and any case; `null` if unknown. */
export function parseTimeZone(text: string): TimeZone | null {
  if (!zoneNamePattern.test(text)) return null
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions()
    return currentName(timeZone)
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/** The zones to choose from, sorted by name, without UTC. */
export function listTimeZones(): readonly TimeZone[] {
  return Intl.supportedValuesOf('timeZone')
    .map(currentName)
    .filter((zone) => zone !== utc)
    .toSorted()
}

function currentName(zone: string): TimeZone {
  return renamedZones.get(zone) ?? zone
}
