import { SessionError } from '../domain/errors.ts'
import type { BodyReading, RequestHeaders, RequestSlice } from './request-slice.ts'
import { trimBlanks } from './trim-blanks.ts'

/** Bytes of a form body, at most. */
const largestForm = 64 * 1024

/** What the body of a request turned out to be. */
export type FormReading =
  | { readonly status: 'form'; readonly fields: FormData }
  /** A GET or HEAD, or a body of another type: not looked at. */
  | { readonly status: 'none' }
  | { readonly status: 'refused'; readonly reason: 'form_too_large' | 'malformed_form' }

const formTypes: ReadonlySet<string> = new Set([
  'application/x-www-form-urlencoded',
  'multipart/form-data',
])

/** Reads the form of a request, and leaves its body to the route. */
export async function readForm(slice: RequestSlice): Promise<FormReading> {
  const { headers, method } = slice.head
  const isRead = method === 'GET' || method === 'HEAD'
  if (isRead || !formTypes.has(mediaType(headers))) return { status: 'none' }
  try {
    return await parseForm(await readBody(slice), headers.get('content-type') ?? '')
  } catch (error) {
    if (error instanceof SessionError) throw error
    // Not a form after all, or the client hung up half-way: nothing that we could have prevented.
    return { status: 'refused', reason: 'malformed_form' }
  }
}

async function readBody({ head, readBody }: RequestSlice): Promise<BodyReading> {
  const announced = Number(head.headers.get('content-length') ?? 0)
  return announced > largestForm ? { status: 'too-large' } : readBody(largestForm)
}

async function parseForm(body: BodyReading, contentType: string): Promise<FormReading> {
  switch (body.status) {
    case 'too-large':
      return { status: 'refused', reason: 'form_too_large' }
    case 'used': {
      const why = 'the body was read before the exchange could read it'
      throw new SessionError('invalid-argument', why)
    }
    case 'read': {
      const response = new Response(body.bytes, { headers: { 'Content-Type': contentType } })
      return { status: 'form', fields: await response.formData() }
    }
  }
}

/** Type and subtype of the body, in lower case and without parameters. */
export function mediaType(headers: RequestHeaders): string {
  const [essence = ''] = (headers.get('content-type') ?? '').split(';', 1)
  return trimBlanks(essence).toLowerCase()
}
