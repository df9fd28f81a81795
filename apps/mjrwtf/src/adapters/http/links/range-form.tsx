import type { QuickRange, ReportRangeTexts } from '../../../application/links/report-range.ts'
import { parseDay, supportedDays } from '../../../domain/calendar-day.ts'
import { Field, type FieldErrors } from '../components/fields.tsx'
import { ZoneField } from '../components/zone-field.tsx'

export interface RangeFormProps {
  /** Path of the page. */
  readonly path: string
  /** `from` and `to` hold the days. `days` is set only if the requested quick range was invalid. */
  readonly values: ReportRangeTexts
  readonly fieldErrors: FieldErrors
  /** The quick range of the report, if it is one. */
  readonly quickRange: QuickRange | null
  /** Whether the request names a time zone. */
  readonly hasZone: boolean
  /** Whether clicks of bots are shown too. */
  readonly showsBots: boolean
}

/** The parameters of the reported range. */
export function rangeQuery(
  { values, hasZone, showsBots }: RangeFormProps,
  quickRange: QuickRange | null,
): URLSearchParams {
  return new URLSearchParams({
    ...(quickRange === null ? { from: values.from, to: values.to } : { days: quickRange }),
    ...(hasZone && { zone: values.zone }),
    ...(showsBots && { bots: '1' }),
  })
}

/**
 * Selects the days and the time zone of a report: one click for the quick ranges, a form for all others. The form is
 * collapsed until it is used, so that a phone shows the chart first.
 */
export function RangeForm(props: RangeFormProps) {
  const { path, values, fieldErrors } = props
  return (
    <div class="card range">
      <QuickRanges {...props} />
      <details open={props.quickRange === null}>
        <summary>Custom range</summary>
        <form method="get" action={path}>
          {values.days !== '' && <input type="hidden" name="days" value={values.days} />}
          {props.showsBots && <input type="hidden" name="bots" value="1" />}
          <DayField name="from" label="From" value={values.from} problem={fieldErrors.from} />
          <DayField name="to" label="To" value={values.to} problem={fieldErrors.to} />
          <ZoneField name="zone" value={values.zone} problem={fieldErrors.zone} />
          <button class="button" type="submit">
            Apply
          </button>
        </form>
      </details>
      {!props.hasZone && (
        <p class="hint" data-own-zone="" hidden>
          <a href={path}>Use my time zone</a>
        </p>
      )}
    </div>
  )
}

interface DayFieldProps {
  readonly name: string
  readonly label: string
  readonly value: string
  readonly problem: string | undefined
}

/** A text field if the value is not a date, because a date picker would show it as empty. */
function DayField(props: DayFieldProps) {
  const isDate = props.value === '' || parseDay(props.value) !== null
  // Empty fields select the default range.
  const attributes = { required: false, autocomplete: 'off' }
  const bounds = isDate ? { min: supportedDays.from, max: supportedDays.to } : {}
  return (
    <Field type={isDate ? 'date' : 'text'} {...props} attributes={{ ...attributes, ...bounds }} />
  )
}

const quickLabels = [
  ['7', '7 days'],
  ['30', '30 days'],
  ['90', '90 days'],
  ['all', 'All time'],
] as const satisfies readonly (readonly [QuickRange, string])[]

function QuickRanges(props: RangeFormProps) {
  const { path, quickRange, hasZone, fieldErrors } = props
  const form = { ...props, hasZone: hasZone && fieldErrors.zone === undefined }
  return (
    <nav class="choices" aria-label="Range">
      <ul>
        {quickLabels.map(([days, label]) => (
          <li>
            <a
              href={`${path}?${rangeQuery(form, days)}`}
              aria-current={days === quickRange ? 'true' : undefined}
            >
              {label}
            </a>
          </li>
        ))}
      </ul>
      {fieldErrors.days !== undefined && <p class="problem">{fieldErrors.days}</p>}
    </nav>
  )
}
