import type { Hono } from 'hono'
import type { Links } from '../../../application/links/links.ts'
import type { FieldError } from '../../../domain/results.ts'
import {
  defaultQrMargin,
  encodeQr,
  type QrModules,
  toBitmap,
  toSvg,
} from '../components/qr-image.ts'
import { errorsByField } from '../forms/forms.ts'
import type { AppEnv, PageContext, UserRequestContext } from '../http-context.ts'
import { userRoutes } from '../middleware/guards.ts'
import { limitPage, type ReadContext } from '../middleware/limit-reads.ts'
import { notFound, respondWithProblem } from '../responses/problem.tsx'
import { linkUrl } from '../short-url.ts'
import { requestedLink } from './link-fields.ts'
import { encodePng } from './png.ts'

export interface QrFilesContext extends PageContext, ReadContext {
  readonly links: Pick<Links, 'find'>
}

type Format = 'svg' | 'png'

/** Width in pixels, and margin in modules. */
export const qrLimits = {
  size: { min: 64, max: 4_096, default: 512 },
  margin: { min: 0, max: 20, default: defaultQrMargin },
} as const

/** The QR code of a link as a file, in any size: GET /links/{code}/qr.svg and qr.png. */
export function addQrFileRoutes(app: Hono<AppEnv>, context: QrFilesContext): void {
  const routes = userRoutes(app, context)
  for (const format of ['svg', 'png'] as const) {
    const handler = limitPage(context, (c) => sendQrCode(context, c, format))
    routes.get(`/links/:code/qr.${format}`, handler)
  }
}

async function sendQrCode(
  context: QrFilesContext,
  c: UserRequestContext,
  format: Format,
): Promise<Response> {
  const link = await context.links.find(requestedLink(c))
  if (link === null) return respondWithProblem(context, c, notFound)
  const size = readNumber(c, 'size')
  const margin = readNumber(c, 'margin')
  // Encoded: some scanners read the bytes of other scripts in another encoding.
  const { href } = new URL(linkUrl(context.options.shortBaseUrl, link))
  const modules = encodeQr(href, margin ?? qrLimits.margin.default)
  const errors = [
    ...(size === null ? [rangeError('size', qrLimits.size)] : sizeError(size, modules)),
    ...(margin === null ? [rangeError('margin', qrLimits.margin)] : []),
  ]
  if (size === null || errors.length > 0) {
    return respondWithProblem(context, c, invalidOptions(errors))
  }
  setHeaders(context, c, { format, code: link.shortCode })
  return format === 'svg'
    ? c.body(toSvg(modules, size))
    : c.body(await encodePng(toBitmap(modules, size)))
}

/** The default without a value, and `null` for a value that is not an integer of the range. */
function readNumber(c: UserRequestContext, name: keyof typeof qrLimits): number | null {
  const limits = qrLimits[name]
  const text = c.req.queries(name)?.join(', ') ?? ''
  if (text === '') return limits.default
  const number = /^\d{1,5}$/.test(text) ? Number(text) : -1
  return number >= limits.min && number <= limits.max ? number : null
}

function rangeError(
  field: keyof typeof qrLimits,
  { min, max }: { readonly min: number; readonly max: number },
): FieldError<string> {
  return { field, message: `Enter a whole number from ${min} to ${max}.` }
}

/** A long short URL has more modules than a small image has pixels. */
function sizeError(size: number, { size: modules }: QrModules): readonly FieldError<string>[] {
  return size >= modules
    ? []
    : [{ field: 'size', message: `This code needs at least ${modules} pixels.` }]
}

function invalidOptions(errors: readonly FieldError<string>[]) {
  const message = errors.map((error) => `${error.field}: ${error.message}`).join(' ')
  return { status: 400, code: 'invalid_request', message, fields: errorsByField(errors) } as const
}

const contentTypes = { svg: 'image/svg+xml', png: 'image/png' } as const

interface FileOptions {
  readonly format: Format
  readonly code: string
}

/** The headers of the API forbid an SVG everything, should a browser open it as a page. */
function setHeaders(
  context: Pick<PageContext, 'webSecurity'>,
  c: UserRequestContext,
  { format, code }: FileOptions,
): void {
  for (const [name, value] of context.webSecurity.apiHeaders()) c.header(name, value)
  c.header('Content-Type', contentTypes[format])
  if (c.req.query('download') === undefined) return
  // A name of ASCII characters for old clients, and the code itself (RFC 6266 section 4.3).
  const ascii = code.replaceAll(/[^A-Za-z0-9_.-]+/g, '-')
  const encoded = encodeURIComponent(code.replaceAll('/', '-')).replaceAll(/['()*]/g, escapeOctet)
  c.header(
    'Content-Disposition',
    `attachment; filename="qr-${ascii}.${format}"; filename*=UTF-8''qr-${encoded}.${format}`,
  )
}

function escapeOctet(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}
