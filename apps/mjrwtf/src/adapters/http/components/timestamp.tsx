import { dayText, minuteText, secondText } from './texts.ts'

interface TimestampProps {
  readonly instant: number
  readonly precision: 'day' | 'minute' | 'second'
}

const formats = { day: dayText, minute: minuteText, second: secondText } as const

/** An instant as text in UTC. The script shows it in the language and time zone of the browser. */
export function Timestamp({ instant, precision }: TimestampProps) {
  return (
    <time datetime={new Date(instant).toISOString()} data-local={precision}>
      {formats[precision](instant)}
    </time>
  )
}
