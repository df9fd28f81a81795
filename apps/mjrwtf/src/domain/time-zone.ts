/** Name of a time zone in the IANA database as it is written today, such as `Europe/Berlin`. */
export type TimeZone = string

export const utc: TimeZone = 'UTC'

/** The runtime goes on calling these zones by names that have been replaced. */
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

/** Letters first: an offset such as +02:00 is no zone, it knows of no summer. */
const zoneNamePattern = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/

/** The zone that a name stands for, old names and any case included, or `null` when there is none. */
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

/** Every zone that people are offered, by name; UTC is not among them. */
export function listTimeZones(): readonly TimeZone[] {
  return Intl.supportedValuesOf('timeZone')
    .map(currentName)
    .filter((zone) => zone !== utc)
    .toSorted()
}

function currentName(zone: string): TimeZone {
  return renamedZones.get(zone) ?? zone
}
