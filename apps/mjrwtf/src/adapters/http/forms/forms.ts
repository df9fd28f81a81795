import { z } from 'zod'
import type { FieldError } from '../../../domain/results.ts'
import type { RequestContext } from '../http-context.ts'
import { type Problem, type ProblemContext, respondWithProblem } from '../responses/problem.tsx'

const singleText = z.string('Send this field once, as text.')

/** A text field of a form. Empty if it was not sent, so that the use case reports what is missing. */
export const formText = singleText.default('')

/** A text field whose absence has a meaning of its own. */
export const optionalFormText = singleText.optional()

/** The CSRF guard has checked the token. */
const csrfField = { csrf_token: z.string().optional() }

/** The form of a page: its schema, and the names of the fields that are saved as a draft. */
export interface Form<Schema extends z.ZodType> {
  readonly schema: Schema
  readonly draftFields: readonly string[]
}

/** A form whose input is never saved. Rejects fields that its page does not send (ASVS 5.0 V15.3.3). */
export function defineForm<Shape extends z.ZodRawShape>(shape: Shape) {
  return { schema: z.strictObject({ ...shape, ...csrfField }), draftFields: [] }
}

/**
 * A form whose input is saved if a guard interrupts the request. Its page renders `DraftFields`. `draftFields` must not
 * contain passwords or codes.
 */
export function defineDraftForm<Shape extends z.ZodRawShape>(
  shape: Shape,
  draftFields: readonly (keyof Shape & string)[],
) {
  const controlFields = { [formOwnerField]: optionalFormText, [draftField]: formText }
  return { ...defineForm({ ...shape, ...controlFields }), draftFields }
}

/** The user for whom the page of a form was rendered. */
export const formOwnerField = 'form_owner'
/** Id of the draft that filled a form: in the form, and in the URL of its page. */
export const draftField = 'draft'

/** The parsed fields of the request's form, a 400 that names the errors, or a 413. */
export async function readForm<Schema extends z.ZodType>(
  context: ProblemContext,
  c: RequestContext,
  schema: Schema,
): Promise<z.output<Schema> | Response> {
  const form = await c.var.exchange.readForm()
  // The CSRF guard does not read the body of a request with the token in a header.
  if (form.status === 'refused' && form.reason === 'form_too_large') {
    return respondWithProblem(context, c, formTooLarge)
  }
  const result = schema.safeParse(toObject(form.status === 'form' ? form.fields : new FormData()))
  if (result.success) return result.data
  return respondWithProblem(context, c, invalidRequest(result.error))
}

const formTooLarge: Problem = {
  status: 413,
  code: 'form_too_large',
  message: 'The form is too large: the limit is 256 KiB.',
}

/** Repeated fields become arrays, which few schemas accept. Without a prototype, `__proto__` is an ordinary name. */
function toObject(form: FormData): object {
  const entries = new Map<string, unknown>()
  for (const [name, value] of form) {
    entries.set(name, entries.has(name) ? [entries.get(name), value].flat() : value)
  }
  return fromEntries(entries)
}

function fromEntries(entries: ReadonlyMap<string, unknown>): object {
  const fields: object = Object.create(null)
  for (const [name, value] of entries) {
    Object.defineProperty(fields, name, { value, enumerable: true })
  }
  return fields
}

/** The problem for input that does not match its schema, with the error of each field. */
export function invalidRequest(error: z.ZodError): Problem {
  const fields: Record<string, string> = Object.create(null)
  for (const issue of error.issues) {
    for (const [name, message] of withFieldName(issue)) fields[name] ??= message
  }
  const problem = { status: 400, code: 'invalid_request' } as const
  if (Object.keys(fields).length === 0) return { ...problem, message: 'Send a JSON object.' }
  return { ...problem, message: 'Some fields are invalid.', fields }
}

/** Unknown fields that a response names: a form may contain any number of them. */
const maxNamedFields = 10

function withFieldName(issue: z.core.$ZodIssue): readonly (readonly [string, string])[] {
  if (issue.code === 'unrecognized_keys') {
    const names = issue.keys.slice(0, maxNamedFields)
    return names.map((name) => [name.slice(0, 100), 'Unknown field.'] as const)
  }
  const [name] = issue.path
  return name === undefined ? [] : [[String(name), issue.message]]
}

/** Fields whose external name (http-contract) is not the domain's name in snake case. */
const externalNames: Readonly<Record<string, string>> = {
  destination: 'original_url',
  forwardsQuery: 'forward_query',
  start: 'start_time',
  end: 'end_time',
}

/** The errors of a use case by the field names of forms and the API. */
export function errorsByField(
  errors: readonly FieldError<string>[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(errors.map(({ field, message }) => [externalName(field), message]))
}

function externalName(field: string): string {
  const snakeCase = field.replaceAll(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`)
  return externalNames[field] ?? snakeCase
}
