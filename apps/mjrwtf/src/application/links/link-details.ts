import { type DestinationRules, parseDestination } from '../../domain/destination.ts'
import { type LinkDetails, parseExpiry } from '../../domain/link.ts'
import type { FieldError, Invalid } from '../../domain/results.ts'
import type { Instant } from '../../domain/time.ts'
import type { LinkChanges } from '../ports/link-repository.ts'

/** Details of a link as the user entered them. */
export interface LinkInput {
  readonly destination?: string | undefined
  /** RFC 3339, or `YYYY-MM-DDTHH:MM` (the value of a `datetime-local` input) in UTC. `null` or empty: never. */
  readonly expiresAt?: string | null | undefined
}

export interface LinkRules extends DestinationRules {
  readonly now: Instant
}

export type ParseLinkResult =
  | { readonly status: 'ok'; readonly changes: LinkChanges }
  | Invalid<keyof LinkDetails>

/** Validates the details that the input contains. */
export function parseLinkInput(input: LinkInput, rules: LinkRules): ParseLinkResult {
  const fields: FieldError<keyof LinkDetails>[] = []
  let changes: LinkChanges = {}
  if (input.destination !== undefined) {
    const parsed = parseDestination(input.destination, rules)
    if (parsed.status === 'ok') {
      const { destination, typedDestination } = parsed
      changes = { ...changes, destination, typedDestination }
    } else fields.push({ field: 'destination', message: parsed.message })
  }
  if (input.expiresAt !== undefined) {
    const parsed = parseExpiry(input.expiresAt, rules.now)
    if (parsed.status === 'ok') changes = { ...changes, expiresAt: parsed.expiresAt }
    else fields.push({ field: 'expiresAt', message: parsed.message })
  }
  return fields.length > 0 ? { status: 'invalid', fields } : { status: 'ok', changes }
}
