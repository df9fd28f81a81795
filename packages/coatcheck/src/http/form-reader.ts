import { isSessionError, SessionError } from '../domain/errors.ts'
import { trimOws } from './cookie-header.ts'
import type { BodyResult, IncomingRequest, RequestHeaders } from './incoming-request.ts'

const maxFormBytes = 64 * 1024

/** Parsing takes about 25 µs for each field of a multipart form. */
const maxFormFields = 256

/** The result of reading a request's form. */
export type FormResult =
  | { readonly status: 'form'; readonly fields: FormData }
  /** A GET or HEAD, or a body of another media type: not read. */
  | { readonly status: 'none' }
  | { readonly status: 'refused'; readonly reason: 'form_too_large' | 'malformed_form' }

const formTypes: ReadonlySet<string> = new Set([
  'application/x-www-form-urlencoded',
  'multipart/form-data',
])

/** Reads the form of a request; the route can still read the body. */
export async function readForm(incoming: IncomingRequest): Promise<FormResult> {
  const { headers, method } = incoming.head
  const isReadMethod = method === 'GET' || method === 'HEAD'
  if (isReadMethod || !formTypes.has(mediaType(headers))) return { status: 'none' }
  try {
    return await parseForm(await readBody(incoming), headers.get('content-type') ?? '')
  } catch (error) {
    if (isSessionError(error)) throw error
    // The body is not a valid form, or the client aborted.
    return { status: 'refused', reason: 'malformed_form' }
  }
}

async function readBody({ head, readBody }: IncomingRequest): Promise<BodyResult> {
  const contentLength = Number(head.headers.get('content-length') ?? 0)
  return contentLength > maxFormBytes ? { status: 'too-large' } : readBody(maxFormBytes)
}

async function parseForm(body: BodyResult, contentType: string): Promise<FormResult> {
  switch (body.status) {
    case 'too-large':
      return { status: 'refused', reason: 'form_too_large' }
    case 'used':
      throw new SessionError('invalid-argument', 'the body was read before the exchange read it')
    case 'read': {
      if (hasTooManyFields(body.bytes, contentType)) {
        return { status: 'refused', reason: 'form_too_large' }
      }
      const response = new Response(body.bytes, { headers: { 'Content-Type': contentType } })
      return { status: 'form', fields: await response.formData() }
    }
  }
}

/** Counts separators, of which a form has at least one less than fields. */
function hasTooManyFields(bytes: Uint8Array<ArrayBuffer>, contentType: string): boolean {
  const isMultipart = /^\s*multipart\//i.test(contentType)
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]*)"|([^;\s]*))/i.exec(contentType) ?? []
  const separator = isMultipart ? `--${quoted ?? plain ?? ''}` : '&'
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let count = 0
  for (let at = buffer.indexOf(separator); at >= 0; at = buffer.indexOf(separator, at + 1)) {
    count += 1
    if (count > maxFormFields) return true
  }
  return false
}

/** The body's media type in lower case, without parameters. */
export function mediaType(headers: RequestHeaders): string {
  const [essence = ''] = (headers.get('content-type') ?? '').split(';', 1)
  return trimOws(essence).toLowerCase()
}
