import { isReserved } from '../../domain/short-code.ts'
import { page } from './page.ts'
import { bareFrame } from './page-frame.ts'
import { PreviewPage } from './pages/link-pages.tsx'
import { answerProblem, notFound } from './problem.tsx'
import { shortUrlOf } from './short-url.ts'
import type { AppContext, AppMiddleware, FollowedShortLink, Site } from './site.ts'

/** Path of a short link or of its preview, as Hono matches it. */
export const shortPath = '/:code{[A-Za-z0-9_-]{3,20}(?:\\+|%2[Bb])?}'

/**
 * Redirects short links before anything else looks at the request: no session, no cookie. What does not
 * redirect is left in `c.var.shortLink` for `answerShortPath`.
 */
export function followShortLinks(site: Site): AppMiddleware {
  const headers = site.web.securityHeaders('short-link', '')
  const answersHere = hostCheck(site)
  return async (c, next) => {
    const asked = shortCodeOf(c)
    if (asked === null || !isRead(c) || !answersHere(c)) return next()
    const followed = await follow(site, asked.shortCode)
    if (asked.preview || followed.status !== 'found') {
      c.set('shortLink', followed)
      return next()
    }
    if (c.req.method === 'GET' && !isAhead(c)) recordClick(site, c, followed.link.id)
    for (const [name, value] of headers) c.header(name, value)
    return c.redirect(followed.link.destination, 302)
  }
}

/** A failure waits like any other answer that is a page: pages get their headers further on. */
function follow(site: Site, shortCode: string): Promise<FollowedShortLink> {
  return site.useCases
    .followLink(shortCode)
    .catch((error: unknown) => ({ status: 'failed', error }) as const)
}

function recordClick(site: Site, c: AppContext, linkId: string): void {
  site.useCases.recordClick({
    linkId,
    referrer: c.req.header('Referer') ?? null,
    userAgent: c.req.header('User-Agent') ?? null,
    ipAddress: c.var.exchange.client.ipAddress,
  })
}

/** Whether a browser fetches ahead of a click that may never come (Sec-Purpose, and what came before it). */
function isAhead(c: AppContext): boolean {
  const purposes = ['Sec-Purpose', 'Purpose', 'X-Purpose', 'X-Moz']
  return purposes.some((name) => /^(prefetch|preview)\b/i.test(c.req.header(name) ?? ''))
}

/** Keeps the app off the host that is only for short links (ASVS 5.0 V3.5.4). */
export function keepShortHostBare(site: Site): AppMiddleware {
  const shortHost = separateShortHost(site)
  const answer = answerShortPath(site)
  return async (c, next) => {
    if (shortHost === null || hostOf(site, c) !== shortHost) return next()
    // Answered here: further down, redirects to the app's own host would lead away from the link.
    return shortCodeOf(c) === null ? answerProblem(site, c, notFound) : answer(c)
  }
}

/** Says what a short path is when it did not redirect: a preview, unknown, ended, or none of ours. */
export function answerShortPath(site: Site) {
  return async (c: AppContext): Promise<Response> => {
    const asked = shortCodeOf(c)
    if (asked === null || !hostCheck(site)(c)) return answerProblem(site, c, notFound)
    if (!isRead(c)) return answerProblem(site, c, onlyRead)
    const { shortLink } = c.var
    if (shortLink?.status === 'failed') throw shortLink.error
    if (shortLink?.status === 'gone') return answerProblem(site, c, ended)
    if (shortLink?.status !== 'found') return answerProblem(site, c, notFound)
    return showPreview(site, c, shortLink.link)
  }
}

function showPreview(
  site: Site,
  c: AppContext,
  link: { readonly shortCode: string; readonly destination: string },
): Response | Promise<Response> {
  const shortUrl = shortUrlOf(site.options.shortBaseUrl, link.shortCode)
  const frame = bareFrame(site, c)
  return page(c, <PreviewPage frame={frame} shortUrl={shortUrl} destination={link.destination} />)
}

const onlyRead = {
  status: 405,
  code: 'method_not_allowed',
  message: 'A short link can only be followed.',
  headers: [['Allow', 'GET, HEAD']],
} as const

const ended = {
  status: 410,
  code: 'gone',
  message: 'It has expired, or whoever made it has removed it.',
} as const

function shortCodeOf(
  c: AppContext,
): { readonly shortCode: string; readonly preview: boolean } | null {
  const match = /^\/([A-Za-z0-9_-]{3,20})(\+)?$/.exec(decoded(new URL(c.req.url).pathname))
  const shortCode = match?.[1]
  if (shortCode === undefined || isReserved(shortCode)) return null
  return { shortCode, preview: match?.[2] !== undefined }
}

/** Mail programs encode what need not be: it is the same address (RFC 3986 section 6.2.2.2). Decoded once. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function isRead(c: AppContext): boolean {
  return c.req.method === 'GET' || c.req.method === 'HEAD'
}

/** Whether short links answer on the host of the request: only on their own, where they have one. */
function hostCheck(site: Site): (c: AppContext) => boolean {
  const shortHost = separateShortHost(site)
  return (c) => shortHost === null || hostOf(site, c) === shortHost
}

function separateShortHost({ options }: Site): string | null {
  const short = new URL(options.shortBaseUrl).host
  return short === new URL(options.baseUrl).host ? null : short
}

/** As an origin writes it: without the port that its scheme has anyway, and without a final dot. */
function hostOf({ options }: Site, c: AppContext): string {
  const host = new URL(c.req.url).host.replace(/\.(?=:|$)/, '')
  const { protocol } = new URL(options.shortBaseUrl)
  return URL.parse(`${protocol}//${host}`)?.host ?? host
}
