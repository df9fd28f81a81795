import { listTimeZones, type TimeZone, utc } from '../../../domain/time-zone.ts'

interface ZoneFieldProps {
  readonly value: string
  readonly problem?: string | undefined
}

/** Zones by continent or ocean. */
const regions = [...Map.groupBy(listTimeZones(), (zone) => zone.split('/', 1)[0] ?? '')]
const zoneOptions: ReadonlySet<string> = new Set([utc, ...regions.flatMap(([, zones]) => zones)])

/** A time zone selector. A value that is not on the list is added to it, so that it is not lost. */
export function ZoneField({ value, problem }: ZoneFieldProps) {
  return (
    <div class="field">
      <label for="zone">Time zone</label>
      <select
        id="zone"
        name="zone"
        aria-describedby={problem === undefined ? undefined : 'zone-problem'}
        aria-invalid={problem === undefined ? undefined : 'true'}
      >
        {!zoneOptions.has(value) && (
          <option value={value} selected>
            {value}
          </option>
        )}
        <option value={utc} selected={value === utc}>
          UTC
        </option>
        {regions.map(([region, zones]) => (
          <optgroup label={region}>
            {zones.map((zone) => (
              <option value={zone} selected={zone === value}>
                {zoneLabel(zone)}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
      {problem !== undefined && (
        <p class="problem" id="zone-problem">
          {problem}
        </p>
      )}
    </div>
  )
}

/** `Argentina, Buenos Aires`: the name without its region. */
function zoneLabel(zone: TimeZone): string {
  const [, ...parts] = zone.split('/')
  return parts.length === 0 ? zone : parts.join(', ').replaceAll('_', ' ')
}
