import { isSessionError, SessionError } from '../../domain/errors.ts'
import { requireInteger } from '../../domain/options.ts'
import { requireArgument } from '../../domain/storable.ts'
import { trimOws } from '../cookies/cookie-header.ts'
import type { BodyResult, IncomingRequest, RequestHeaders } from '../incoming-request.ts'
import { boundaryOf, type FormField, readFirstField } from './multipart.ts'
import { toFormData } from './parsed-form.ts'

/** The limits of a form that is read into memory. */
export interface FormLimits {
  readonly bytes: number
  /** Parsing takes about 25 µs for each field of a multipart form. */
  readonly fields: number
}

const kibibyte = 1024
const fieldsPer64Kibibytes = 256
const maxFields = 4_096

/** Derives the limits from the option `maxFormSize`. */
export function createFormLimits(maxFormSize: number = 64 * kibibyte): FormLimits {
  const range = [kibibyte, 16 * kibibyte * kibibyte] as const
  const bytes = requireInteger('maxFormSize', maxFormSize, range)
  const proportional = Math.floor((bytes * fieldsPer64Kibibytes) / (64 * kibibyte))
  return { bytes, fields: Math.min(Math.max(proportional, fieldsPer64Kibibytes), maxFields) }
}

/** The result of reading a request's form. */
export type FormResult =
  | { readonly status: 'form'; readonly fields: FormData }
  /** A GET or HEAD, or a body of another media type: not read. */
  | { readonly status: 'none' }
  | { readonly status: 'refused'; readonly reason: 'malformed_form' }
  | {
      readonly status: 'refused'
      /** Over `maxFormSize`, or with too many fields. */
      readonly reason: 'form_too_large'
      /** The first field of a multipart form over `maxFormSize`, if it is text. */
      readonly firstField: FormField | null
    }

/** Reads the form of one request, at most once. */
export interface FormReader {
  read(): Promise<FormResult>
  /** Sets the fields that other code has parsed; the body is then not read. */
  provide(form: object | null | undefined): void
}

export function createFormReader(incoming: IncomingRequest, limits: FormLimits): FormReader {
  let result: Promise<FormResult> | null = null
  return {
    read() {
      result ??= readForm(incoming, limits)
      return result
    },
    provide(form) {
      // Parsers leave no object where they do not handle the media type.
      if (typeof form !== 'object' || form === null) return
      requireArgument(result === null, 'the form has been read already: provide it before a guard')
      result = Promise.resolve({ status: 'form', fields: toFormData(form) })
    },
  }
}

const formTypes: ReadonlySet<string> = new Set([
  'application/x-www-form-urlencoded',
  'multipart/form-data',
])

/** Reads the form of a request; the route can still read the body. */
export async function readForm(incoming: IncomingRequest, limits: FormLimits): Promise<FormResult> {
  const { headers, method } = incoming.head
  const isReadMethod = method === 'GET' || method === 'HEAD'
  if (isReadMethod || !formTypes.has(mediaType(headers))) return { status: 'none' }
  try {
    const contentType = headers.get('content-type') ?? ''
    return await parseForm(await readBody(incoming, limits), contentType, limits)
  } catch (error) {
    if (isSessionError(error)) throw error
    // The body is not a valid form, or the client aborted.
    return { status: 'refused', reason: 'malformed_form' }
  }
}

/** Of a large multipart body it reads the beginning, which contains the first field. */
async function readBody(
  { head, readBody }: IncomingRequest,
  { bytes }: FormLimits,
): Promise<BodyResult> {
  const contentLength = Number(head.headers.get('content-length') ?? 0)
  const isRefused = contentLength > bytes && !isMultipart(head.headers.get('content-type') ?? '')
  return isRefused ? { status: 'too-large', beginning: new Uint8Array() } : readBody(bytes)
}

async function parseForm(
  body: BodyResult,
  contentType: string,
  limits: FormLimits,
): Promise<FormResult> {
  switch (body.status) {
    case 'too-large': {
      const { beginning } = body
      const firstField = isMultipart(contentType)
        ? await readFirstField(beginning, contentType)
        : null
      return { status: 'refused', reason: 'form_too_large', firstField }
    }
    case 'used':
      throw new SessionError('invalid-argument', usedMessage)
    case 'read': {
      if (hasTooManyFields(body.bytes, contentType, limits)) {
        return { status: 'refused', reason: 'form_too_large', firstField: null }
      }
      const response = new Response(body.bytes, { headers: { 'Content-Type': contentType } })
      return { status: 'form', fields: await response.formData() }
    }
  }
}

const usedMessage =
  'other code has read the request body before the exchange: call exchange.provideForm(fields) with ' +
  'the fields it parsed, before the CSRF guard; or run the guard before the parser; or send the CSRF ' +
  'token in the X-CSRF-Token header'

/** Counts separators, of which a form has at least one less than fields. */
function hasTooManyFields(
  bytes: Uint8Array<ArrayBuffer>,
  contentType: string,
  { fields }: FormLimits,
): boolean {
  const separator = isMultipart(contentType) ? `--${boundaryOf(contentType)}` : '&'
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let count = 0
  for (let at = buffer.indexOf(separator); at >= 0; at = buffer.indexOf(separator, at + 1)) {
    count += 1
    if (count > fields) return true
  }
  return false
}

function isMultipart(contentType: string): boolean {
  return /^\s*multipart\//i.test(contentType)
}

/** The body's media type in lower case, without parameters. */
export function mediaType(headers: RequestHeaders): string {
  const [essence = ''] = (headers.get('content-type') ?? '').split(';', 1)
  return trimOws(essence).toLowerCase()
}
