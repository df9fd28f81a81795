import { currentFormat, formatTime, type TimePrecision, zoneLabel } from './display-format.ts'
import { dayText, minuteText, secondText } from './texts.ts'

interface TimestampProps {
  readonly instant: number
  readonly precision: TimePrecision
}

const texts = { day: dayText, minute: minuteText, second: secondText } as const

/**
 * An instant in the time zone of the reader, with its exact time as a tooltip. In a zone of the site, the script shows it
 * in the zone of the browser.
 */
export function Timestamp({ instant, precision }: TimestampProps) {
  const { isOwnZone, locale } = currentFormat()
  const exact = `${formatTime(instant, 'second')} ${zoneLabel(instant)}`
  return (
    <time
      datetime={new Date(instant).toISOString()}
      title={isOwnZone ? exact : undefined}
      lang={isOwnZone && !locale.startsWith('en') ? locale : undefined}
      data-local={isOwnZone ? undefined : precision}
    >
      {texts[precision](instant)}
    </time>
  )
}
