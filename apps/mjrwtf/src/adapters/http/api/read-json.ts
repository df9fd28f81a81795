import type { z } from 'zod'
import { invalidRequest } from '../forms/forms.ts'
import type { HttpContext, RequestContext } from '../http-context.ts'
import { respondWithProblem } from '../responses/problem.tsx'

/** The body of a request as its schema has it, or the 400 that names what is wrong. Behind `jsonBodies`. */
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

/** The query parameters of a request as their schema has them, or the 400. */
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
  message: 'The body is not JSON.',
} as const
