import { listTimeZones, type TimeZone, utc } from '../../../domain/time-zone.ts'

interface ZoneFieldProps {
  readonly name: string
  readonly value: string
  readonly problem?: string | undefined
  /** Label of the option without a zone. Default: a zone is required. */
  readonly emptyLabel?: string
}

/** Zones by continent or ocean. */
const regions = [...Map.groupBy(listTimeZones(), (zone) => zone.split('/', 1)[0] ?? '')]
const zoneOptions: ReadonlySet<string> = new Set([utc, ...regions.flatMap(([, zones]) => zones)])

/** A time zone selector. A value that is not on the list is added to it, so that it is not lost. */
export function ZoneField({ name, value, problem, emptyLabel }: ZoneFieldProps) {
  const isListed = zoneOptions.has(value) || (value === '' && emptyLabel !== undefined)
  return (
    <div class="field">
      <label for={name}>Time zone</label>
      <select
        id={name}
        name={name}
        aria-describedby={problem === undefined ? undefined : `${name}-problem`}
        aria-invalid={problem === undefined ? undefined : 'true'}
      >
        {emptyLabel !== undefined && (
          <option value="" selected={value === ''}>
            {emptyLabel}
          </option>
        )}
        {!isListed && (
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
        <p class="problem" id={`${name}-problem`}>
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
