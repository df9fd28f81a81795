import { relativeText } from './texts.ts'
import { Timestamp } from './timestamp.tsx'

interface TimeDetailProps {
  readonly label: string
  /** `null`: never. */
  readonly instant: number | null
  readonly now: number
}

/** An instant in a list of details: how long ago, and when. */
export function TimeDetail({ label, instant, now }: TimeDetailProps) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        {instant === null ? 'Never' : relativeText(instant, now)}{' '}
        {instant !== null && (
          <span class="absolute">
            <Timestamp instant={instant} precision="minute" />
          </span>
        )}
      </dd>
    </div>
  )
}
