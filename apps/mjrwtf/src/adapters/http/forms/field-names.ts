import type { FieldError } from '../../../domain/results.ts'

/** What the domain's words are called at the edge (http-contract). */
const externalNames: Readonly<Record<string, string>> = {
  destination: 'original_url',
  shortCode: 'short_code',
  expiresAt: 'expires_at',
  newPassword: 'new_password',
  start: 'start_time',
  end: 'end_time',
}

/** Problems by the names that forms and the API use. */
export function errorsByField(
  errors: readonly FieldError<string>[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    errors.map(({ field, message }) => [externalNames[field] ?? field, message] as const),
  )
}
