import { parseLocalTime } from '../../../domain/local-time.ts'
import { parseTimeZone } from '../../../domain/time-zone.ts'
import { formatTime } from '../components/display-format.ts'
import { zoneName } from '../components/local-time-field.tsx'
import type { RequestContext } from '../http-context.ts'
import { displayFormatOf } from '../responses/page.ts'
import type { RejectedForm } from './form-page.ts'

interface LocalTimeInput {
  /** From `LocalZone`. Default: the zone of the user. */
  readonly time_zone?: string | undefined
}

export type LocalTimes<Input> =
  | { readonly status: 'read'; readonly input: Input }
  | (RejectedForm & { readonly fieldErrors: Readonly<Record<string, string>> })

/**
 * Converts the fields of `LocalTimeField` to instants in RFC 3339. A time that the clocks skip is an error of its field;
 * of one that occurs twice the first counts. What is not a local time is not changed, for the use case to reject.
 */
export function readLocalTimes<Name extends string, Input extends LocalTimeInput>(
  c: RequestContext,
  input: Input & { readonly [key in Name]?: string | undefined },
  names: readonly Name[],
): LocalTimes<typeof input> {
  const format = displayFormatOf(c)
  const zone = parseTimeZone(input.time_zone ?? '') ?? format.timeZone
  const fieldErrors: Record<string, string> = {}
  const instants: Record<string, string> = {}
  for (const name of names) {
    const time = parseLocalTime(input[name] ?? '', zone)
    if (time?.status === 'skipped') {
      const next = formatTime(time.next, 'minute', { ...format, timeZone: zone })
      fieldErrors[name] =
        `This time does not exist in ${zoneName(zone)}, because clocks are set forward over it. Choose ${next} or later.`
    } else if (time !== null) instants[name] = new Date(time.instant).toISOString()
  }
  if (Object.keys(fieldErrors).length > 0) {
    return { status: 'rejected', httpStatus: 400, fieldErrors }
  }
  return { status: 'read', input: { ...input, ...instants } }
}
