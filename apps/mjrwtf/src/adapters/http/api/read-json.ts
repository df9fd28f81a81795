import type { z } from 'zod'
import { invalidRequest } from '../forms/forms.ts'
import type { HttpContext, RequestContext } from '../http-context.ts'
import { respondWithProblem } from '../responses/problem.tsx'

/** The parsed body of a request, or a 400 that names the errors. Requires `requireJsonBody`. */
export async function readJson<Schema extends z.ZodType>(
  context: HttpContext,
  c: RequestContext,
  schema: Schema,
): Promise<z.output<Schema> | Response> {
  const json = parse(c.var.body ?? new Uint8Array())
  if (json === undefined) return respondWithProblem(context, c, malformed)
  const result = schema.safeParse(json)
  return result.success ? result.data : respondWithProblem(context, c, invalidRequest(result.error))
}

/** The parsed query parameters of a request, or a 400 that names the errors. */
export async function readQuery<Schema extends z.ZodType>(
  context: HttpContext,
  c: RequestContext,
  schema: Schema,
): Promise<z.output<Schema> | Response> {
  const result = schema.safeParse(c.req.query())
  return result.success ? result.data : respondWithProblem(context, c, invalidRequest(result.error))
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    return undefined
  }
}

const malformed = {
  status: 400,
  code: 'invalid_request',
  message: 'The body is not valid JSON.',
} as const
