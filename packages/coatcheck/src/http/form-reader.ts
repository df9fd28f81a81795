import { SessionError } from '../domain/errors.ts'
import { trimBlanks } from './trim-blanks.ts'

/** Bytes of a form body, at most. */
const largestForm = 64 * 1024

/** What the body of a request turned out to be. */
export type FormReading =
  | { readonly status: 'form'; readonly fields: FormData }
  /** No body, or one of another type: not looked at. */
  | { readonly status: 'none' }
  | { readonly status: 'refused'; readonly reason: 'form_too_large' | 'malformed_form' }

const formTypes: ReadonlySet<string> = new Set([
  'application/x-www-form-urlencoded',
  'multipart/form-data',
])

/** Reads the form of a request from a copy, so that the route can still read the body itself. */
export async function readForm(request: Request): Promise<FormReading> {
  const contentType = request.headers.get('content-type') ?? ''
  if (!formTypes.has(mediaType(request.headers)) || request.body === null) return { status: 'none' }
  if (request.bodyUsed) {
    throw new SessionError(
      'invalid-argument',
      'the body was read before the exchange could copy it',
    )
  }
  try {
    const body = announcesMore(request.headers)
      ? null
      : await readUpTo(request.clone(), largestForm)
    if (body === null) return { status: 'refused', reason: 'form_too_large' }
    const response = new Response(body, { headers: { 'Content-Type': contentType } })
    return { status: 'form', fields: await response.formData() }
  } catch {
    // Not a form after all, or the client hung up half-way: nothing that we could have prevented.
    return { status: 'refused', reason: 'malformed_form' }
  }
}

/** Type and subtype of the body, in lower case and without parameters. */
export function mediaType(headers: Headers): string {
  const [essence = ''] = (headers.get('content-type') ?? '').split(';', 1)
  return trimBlanks(essence).toLowerCase()
}

function announcesMore(headers: Headers): boolean {
  return Number(headers.get('content-length') ?? 0) > largestForm
}

/** The whole body, or `null` when it is larger; not a byte more is kept. */
async function readUpTo(copy: Request, limit: number): Promise<Uint8Array<ArrayBuffer> | null> {
  const reader = copy.body?.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (let read = await reader?.read(); read?.done === false; read = await reader?.read()) {
    length += read.value.byteLength
    if (length > limit) {
      // Not awaited: it settles when the request, of which this is a copy, is cancelled too.
      void reader?.cancel()
      return null
    }
    chunks.push(read.value)
  }
  return new Uint8Array(Buffer.concat(chunks))
}
