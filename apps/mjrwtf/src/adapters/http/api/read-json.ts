import type { z } from 'zod'
import { invalidRequest } from '../forms/forms.ts'
import type { RequestContext } from '../http-context.ts'
import { type ProblemContext, respondWithProblem } from '../responses/problem.tsx'

/** The parsed body of a request, or a 400 that names the errors. Requires `requireJsonBody`. */
export async function readJson<Schema extends z.ZodType>(
  context: ProblemContext,
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
  context: ProblemContext,
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

/** How much of a body that is too large is read, in bytes. */
const maxDiscardedBytes = 1024 * 1024

/**
 * The body, or `null` if it is larger than `limit` bytes. Counts the bytes, because the client controls Content-Length.
 * Reads on after the limit, up to 1 MiB: a client that is still sending would not see the response.
 */
export async function readLimitedBody(
  stream: ReadableStream<Uint8Array> | null,
  limit: number,
): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream ?? []) {
    size += chunk.byteLength
    if (size <= limit) chunks.push(chunk)
    if (size > maxDiscardedBytes) break
  }
  return size > limit ? null : Buffer.concat(chunks)
}
