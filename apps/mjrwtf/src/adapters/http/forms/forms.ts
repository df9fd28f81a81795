import { z } from 'zod'
import type { HttpContext, RequestContext } from '../http-context.ts'
import type { Problem } from '../responses/problem.tsx'
import { respondWithProblem } from '../responses/problem.tsx'

const singleText = z.string('Send this field once, as text.')

/** A text field of a form; empty when it was not sent, so that the use case says what is missing. */
export const formText = singleText.default('')

/** A text field that need not be sent, where that means something else than empty. */
export const optionalFormText = singleText.optional()

/** Every form carries the token that the CSRF guard has checked by now. */
const csrfField = { csrf_token: z.string().optional() }

/** The fields of a form, closed: a field that no page of ours sends is refused (ASVS 5.0 V15.3.3). */
export function formSchema<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject({ ...shape, ...csrfField })
}

/** The fields of the request's form, or the 400 that names what is wrong with them. */
export async function readForm<Schema extends z.ZodType>(
  context: HttpContext,
  c: RequestContext,
  schema: Schema,
): Promise<z.output<Schema> | Response> {
  const form = await c.var.exchange.form()
  const result = schema.safeParse(toObject(form ?? new FormData()))
  if (result.success) return result.data
  return respondWithProblem(context, c, invalidRequest(result.error))
}

/** Repeated fields become lists, which no schema accepts. No prototype, so `__proto__` is a name like any other. */
function toObject(form: FormData): object {
  const entries = new Map<string, unknown>()
  for (const [name, value] of form) {
    entries.set(name, entries.has(name) ? [entries.get(name), value] : value)
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

/** What a schema found, field by field. */
export function invalidRequest(error: z.ZodError): Problem {
  const fields: Record<string, string> = Object.create(null)
  for (const issue of error.issues) {
    for (const [name, message] of withFieldName(issue)) fields[name] ??= message
  }
  const problem = { status: 400, code: 'invalid_request' } as const
  if (Object.keys(fields).length === 0) return { ...problem, message: 'Send a JSON object.' }
  return { ...problem, message: 'Some fields are invalid.', fields }
}

function withFieldName(issue: z.core.$ZodIssue): readonly (readonly [string, string])[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => [key.slice(0, 100), 'Unknown field.'] as const)
  }
  const [name] = issue.path
  return name === undefined ? [] : [[String(name), issue.message]]
}
