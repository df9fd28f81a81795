import type { Instant } from '../../domain/time.ts'
import type { Email } from './send-mail.ts'

/** A letter that was not sent but kept to be looked at, in development. */
export interface CapturedEmail {
  /** Counts from 1 and is never used again. */
  readonly number: number
  readonly kind: Email['kind']
  readonly to: string
  readonly at: Instant
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** The last letters of this process. They hold tokens: for nobody but who sits at this machine. */
export interface CapturedEmails {
  /** Newest first. */
  list(): readonly CapturedEmail[]
  /** `null` when there is none, or it has made room for others. */
  find(number: number): CapturedEmail | null
}
