import { isReserved } from '../../../domain/short-code.ts'
import type {
  AppMiddleware,
  HttpContext,
  RequestContext,
  ResolvedShortLink,
} from '../http-context.ts'
import { shortLinkHeaders } from '../responses/header-overrides.ts'
import { page } from '../responses/page.ts'
import { bareFrame } from '../responses/page-frame.ts'
import { notFound, respondWithProblem } from '../responses/problem.tsx'
import { shortUrlOf } from '../short-url.ts'
import { PreviewPage } from './link-pages.tsx'

/** Path of a short link or of its preview, as Hono matches it. */
export const shortPath = '/:code{[A-Za-z0-9_-]{3,20}(?:\\+|%2[Bb])?}'

/**
 * Redirects short links before anything else looks at the request: no session, no cookie. What does not
 * redirect is left in `c.var.shortLink` for `answerShortPath`.
 */
export function followShortLinks(context: HttpContext): AppMiddleware {
  const headers = context.webSecurity.apiHeaders(shortLinkHeaders)
  const isShortHost = createHostCheck(context)
  return async (c, next) => {
    const requested = parseShortPath(c)
    if (requested === null || !isReadMethod(c) || !isShortHost(c)) return next()
    const resolved = await resolveLink(context, requested.shortCode)
    if (requested.preview || resolved.status !== 'found') {
      c.set('shortLink', resolved)
      return next()
    }
    if (c.req.method === 'GET' && !isPrefetch(c)) recordClick(context, c, resolved.link.id)
    for (const [name, value] of headers) c.header(name, value)
    return c.redirect(resolved.link.destination, 302)
  }
}

/** A failure waits like any other answer that is a page: pages get their headers further on. */
function resolveLink(context: HttpContext, shortCode: string): Promise<ResolvedShortLink> {
  return context.links
    .follow(shortCode)
    .catch((error: unknown) => ({ status: 'failed', error }) as const)
}

function recordClick(context: HttpContext, c: RequestContext, linkId: string): void {
  context.links.recordClick({
    linkId,
    referrer: c.req.header('Referer') ?? null,
    userAgent: c.req.header('User-Agent') ?? null,
    ipAddress: c.var.exchange.client.ipAddress,
  })
}

/** Whether a browser fetches ahead of a click that may never come (Sec-Purpose, and what came before it). */
function isPrefetch(c: RequestContext): boolean {
  const purposes = ['Sec-Purpose', 'Purpose', 'X-Purpose', 'X-Moz']
  return purposes.some((name) => /^(prefetch|preview)\b/i.test(c.req.header(name) ?? ''))
}

/** Keeps the app off the host that is only for short links (ASVS 5.0 V3.5.4). */
export function isolateShortHost(context: HttpContext): AppMiddleware {
  const shortHost = separateShortHost(context)
  const handle = handleShortPath(context)
  return async (c, next) => {
    if (shortHost === null || hostOf(context, c) !== shortHost) return next()
    // Answered here: further down, redirects to the app's own host would lead away from the link.
    return parseShortPath(c) === null ? respondWithProblem(context, c, notFound) : handle(c)
  }
}

/** Says what a short path is when it did not redirect: a preview, unknown, ended, or none of ours. */
export function handleShortPath(context: HttpContext) {
  return async (c: RequestContext): Promise<Response> => {
    const requested = parseShortPath(c)
    if (requested === null || !createHostCheck(context)(c))
      return respondWithProblem(context, c, notFound)
    if (!isReadMethod(c)) return respondWithProblem(context, c, methodNotAllowed)
    const { shortLink } = c.var
    if (shortLink?.status === 'failed') throw shortLink.error
    if (shortLink?.status === 'gone') return respondWithProblem(context, c, linkEnded)
    if (shortLink?.status !== 'found') return respondWithProblem(context, c, notFound)
    return showPreview(context, c, shortLink.link)
  }
}

function showPreview(
  context: HttpContext,
  c: RequestContext,
  link: { readonly shortCode: string; readonly destination: string },
): Response | Promise<Response> {
  const shortUrl = shortUrlOf(context.options.shortBaseUrl, link.shortCode)
  const frame = bareFrame(context, c)
  return page(c, <PreviewPage frame={frame} shortUrl={shortUrl} destination={link.destination} />)
}

const methodNotAllowed = {
  status: 405,
  code: 'method_not_allowed',
  message: 'A short link can only be followed.',
  headers: [['Allow', 'GET, HEAD']],
} as const

const linkEnded = {
  status: 410,
  code: 'gone',
  message: 'It has expired, or whoever made it has removed it.',
} as const

function parseShortPath(
  c: RequestContext,
): { readonly shortCode: string; readonly preview: boolean } | null {
  const match = /^\/([A-Za-z0-9_-]{3,20})(\+)?$/.exec(decodePath(new URL(c.req.url).pathname))
  const shortCode = match?.[1]
  if (shortCode === undefined || isReserved(shortCode)) return null
  return { shortCode, preview: match?.[2] !== undefined }
}

/** Mail programs encode what need not be: it is the same address (RFC 3986 section 6.2.2.2). Decoded once. */
function decodePath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function isReadMethod(c: RequestContext): boolean {
  return c.req.method === 'GET' || c.req.method === 'HEAD'
}

/** Whether short links answer on the host of the request: only on their own, where they have one. */
function createHostCheck(context: HttpContext): (c: RequestContext) => boolean {
  const shortHost = separateShortHost(context)
  return (c) => shortHost === null || hostOf(context, c) === shortHost
}

function separateShortHost({ options }: HttpContext): string | null {
  const short = new URL(options.shortBaseUrl).host
  return short === new URL(options.baseUrl).host ? null : short
}

/** As an origin writes it: without the port that its scheme has anyway, and without a final dot. */
function hostOf({ options }: HttpContext, c: RequestContext): string {
  const host = new URL(c.req.url).host.replace(/\.(?=:|$)/, '')
  const { protocol } = new URL(options.shortBaseUrl)
  return URL.parse(`${protocol}//${host}`)?.host ?? host
}
