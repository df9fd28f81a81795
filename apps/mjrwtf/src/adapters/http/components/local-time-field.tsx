import { localTimeInput, parseLocalTime } from '../../../domain/local-time.ts'
import { parseTimeZone, type TimeZone } from '../../../domain/time-zone.ts'
import { currentFormat } from './display-format.ts'
import { Field } from './fields.tsx'

interface LocalTimeFieldProps {
  readonly name: string
  readonly label: string
  /** As typed in `valueZone`, or an instant in RFC 3339. */
  readonly value: string | undefined
  readonly valueZone: string | undefined
  readonly problem?: string | undefined
  readonly hint: string
}

/**
 * An optional date and time in the time zone of the reader. For a reader whose zone is unknown, the script converts it
 * from the zone of the browser. A form with such fields has one `LocalZone`.
 */
export function LocalTimeField(props: LocalTimeFieldProps) {
  const { name, label, value = '', valueZone, problem, hint } = props
  const { timeZone, isOwnZone } = currentFormat()
  const typed = parseLocalTime(value, parseTimeZone(valueZone ?? '') ?? timeZone)
  const instant = typed === null || typed.status === 'skipped' ? null : typed.instant
  const shown = instant === null ? value : localTimeInput(instant, timeZone)
  const isRepeated = parseLocalTime(shown, timeZone)?.status === 'repeated'
  return (
    <Field
      name={name}
      label={label}
      type="datetime-local"
      optional
      value={shown}
      problem={problem}
      hint={
        <>
          {hint} (<span data-zone-name="">{zoneName(timeZone)}</span>)
          {isRepeated && ` ${repeatedHint}`}
        </>
      }
      attributes={
        isOwnZone ? {} : { 'data-instant': instant === null ? '' : new Date(instant).toISOString() }
      }
    />
  )
}

const repeatedHint =
  'Clocks are set back on that day, so this time occurs twice: the first one counts.'

/** The zone in which the page shows the times of a form. The zone of the account may change before it is submitted. */
export function LocalZone() {
  return <input type="hidden" name="time_zone" value={currentFormat().timeZone} />
}

export function zoneName(zone: TimeZone): string {
  return zone.replaceAll('_', ' ')
}
