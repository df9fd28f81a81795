import { SessionError } from '../domain/errors.ts'

/** The hidden form field of a CSRF token, which contains no character that HTML would escape. */
export function csrfFieldHtml(token: string): string {
  return `<input type="hidden" name="csrf_token" value="${token}">`
}

/**
 * Returns the promise of a field, which throws if it becomes text itself: a template that does not await it
 * would contain "[object Promise]", and the form would be refused.
 */
export function toFieldPromise<Field>(field: Promise<Field>): Promise<Field> {
  function rejectText(): never {
    // It is lost now, and must not end the process if it rejects.
    field.catch(() => {})
    const message = 'csrfField() returns a promise: await it (not needed in hono/html and JSX)'
    throw new SessionError('invalid-argument', message)
  }
  return Object.assign(field, { toString: rejectText })
}
