import type { FieldError, Throttled } from '../../../domain/results.ts'
import { errorsByField } from '../forms/forms.ts'
import type { UserRequestContext } from '../http-context.ts'
import { type Problem, rateLimited } from '../responses/problem.tsx'
import type { ApiContext } from './api-guards.ts'

/** A 400 with the field errors of a use case. */
export function invalidFields(fields: readonly FieldError<string>[]): Problem {
  return {
    status: 400,
    code: 'invalid_request',
    message: 'Some fields are invalid.',
    fields: errorsByField(fields),
  }
}

export const shortCodeTaken: Problem = {
  status: 409,
  code: 'short_code_taken',
  message: 'This short code is already in use.',
  fields: { short_code: 'This short code is already in use. Choose another.' },
}

/** A further code counts as a link. */
export function tooManyLinks(
  context: ApiContext,
  c: UserRequestContext,
  throttled: Throttled,
): Problem {
  const message = 'You have created a lot of links.'
  return rateLimited(context, c, { limit: 'links', userId: c.var.user.id, throttled, message })
}
