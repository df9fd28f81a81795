import { relativeText } from './texts.ts'
import { Timestamp } from './timestamp.tsx'

interface TimeDetailProps {
  readonly label: string
  /** `null`: never since the item was added. */
  readonly instant: number | null
  readonly now: number
}

/** An instant in a list of details: how long ago, and when. */
export function TimeDetail({ label, instant, now }: TimeDetailProps) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        {instant === null ? 'Not since it was added' : relativeText(instant, now)}{' '}
        {instant !== null && (
          <span class="absolute">
            <Timestamp instant={instant} precision="minute" />
          </span>
        )}
      </dd>
    </div>
  )
}
