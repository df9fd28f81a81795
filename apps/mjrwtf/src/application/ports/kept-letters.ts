import type { Instant } from '../../domain/time.ts'
import type { Letter } from './send-mail.ts'

/** A letter that was not sent but kept to be looked at, in development. */
export interface KeptLetter {
  /** Counts from 1 and is never used again. */
  readonly number: number
  readonly kind: Letter['kind']
  readonly to: string
  readonly at: Instant
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** The last letters of this process. They hold tokens: for nobody but who sits at this machine. */
export interface KeptLetters {
  /** Newest first. */
  list(): readonly KeptLetter[]
  /** `null` when there is none, or it has made room for others. */
  find(number: number): KeptLetter | null
}
