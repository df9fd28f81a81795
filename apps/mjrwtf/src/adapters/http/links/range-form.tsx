import type { QuickRange, ReportRangeTexts } from '../../../application/links/report-range.ts'
import { parseDay, supportedDays } from '../../../domain/calendar-day.ts'
import { Field, type FieldErrors } from '../components/fields.tsx'
import { ZoneField } from './zone-field.tsx'

export interface RangeFormProps {
  /** Path of the page. */
  readonly path: string
  /** Days stand in `from` and `to`; in `days` only what was asked for and could not be answered. */
  readonly values: ReportRangeTexts
  readonly fieldErrors: FieldErrors
  /** Which of the quick ranges is shown. */
  readonly quickRange: QuickRange | null
  /** Whether the visitor has said which zone. */
  readonly hasZone: boolean
}

/**
 * Which days of which zone a report is about: one click for the usual ranges, a form for all others. The form
 * is folded away until it is used, so that a phone shows the chart first.
 */
export function RangeForm(props: RangeFormProps) {
  const { path, values, fieldErrors } = props
  return (
    <div class="card range">
      <QuickRanges {...props} />
      <details open={props.quickRange === null}>
        <summary>Other days or time zone</summary>
        <form method="get" action={path}>
          {values.days !== '' && <input type="hidden" name="days" value={values.days} />}
          <DayField name="from" label="First day" value={values.from} problem={fieldErrors.from} />
          <DayField name="to" label="Last day" value={values.to} problem={fieldErrors.to} />
          <ZoneField value={values.zone} problem={fieldErrors.zone} />
          <button class="button" type="submit">
            Show
          </button>
        </form>
      </details>
      {!props.hasZone && (
        <p class="hint" data-own-zone="" hidden>
          <a href={path}>Show the days of your time zone</a>
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

/** A date picker would show nothing of a text that is no date, so such a text gets a plain field. */
function DayField(props: DayFieldProps) {
  const isDate = props.value === '' || parseDay(props.value) !== null
  // Left empty, both stand for the usual days.
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
  ['all', 'Everything'],
] as const satisfies readonly (readonly [QuickRange, string])[]

function QuickRanges({ path, values, quickRange, hasZone, fieldErrors }: RangeFormProps) {
  const zone = hasZone && fieldErrors.zone === undefined ? { zone: values.zone } : {}
  return (
    <nav class="choices" aria-label="Range">
      <ul>
        {quickLabels.map(([days, label]) => (
          <li>
            <a
              href={`${path}?${new URLSearchParams({ days, ...zone })}`}
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
