import type { HeaderOverrides } from 'coatcheck/web-security'
import type { Links } from '../../../application/links/links.ts'
import type { UnknownCodes } from '../../../application/links/unknown-codes.ts'
import type { RequestedCode } from '../../../domain/copied-code.ts'
import type { Link } from '../../../domain/link.ts'
import type { ShortDomain } from '../../../domain/short-domain.ts'
import { type TakeDownReason, takeDownTexts } from '../../../domain/take-down.ts'
import type { ShownLink } from '../components/destination.tsx'
import type {
  AppMiddleware,
  PageContext,
  RequestContext,
  ResolvedShortLink,
} from '../http-context.ts'
import { type BareFrameContext, bareFrame, page } from '../responses/page.ts'
import {
  notFound,
  type Problem,
  type ProblemContext,
  respondWithProblem,
} from '../responses/problem.tsx'
import { hostIn } from '../responses/request-host.ts'
import { codeSegment, linkUrl } from '../short-url.ts'
import { PreviewPage } from './link-pages.tsx'
import { parseShortPath } from './short-path.ts'

export interface ShortLinkContext extends ProblemContext, Pick<PageContext, 'webSecurity'> {
  readonly links: Pick<Links, 'follow' | 'recordClick'>
  readonly unknownCodes: Pick<UnknownCodes, 'record'>
}

/** Browsers check Cross-Origin-Resource-Policy before they follow a link, and any site may link here. */
const shortLinkHeaders: HeaderOverrides = {
  'Cache-Control': 'private, max-age=0',
  'Cross-Origin-Resource-Policy': 'cross-origin',
  Vary: null,
  'X-Robots-Tag': 'noindex',
}

/**
 * Redirects short links before any other middleware runs: no session, no cookie. A link that does not redirect is stored
 * in `c.var.shortLink` for `handleShortPath`.
 */
export function followShortLinks(context: ShortLinkContext): AppMiddleware {
  const headers = context.webSecurity.apiHeaders(shortLinkHeaders)
  const isShortHost = createHostCheck(context)
  return async (c, next) => {
    const requested = parseShortPath(c)
    if (requested === null || !isReadMethod(c) || !isShortHost(c)) return next()
    const resolved = hideOnOtherHosts(context, c, await resolveLink(context, requested))
    if (requested.preview || resolved.status !== 'found') {
      c.set('shortLink', resolved)
      return next()
    }
    if (c.req.method === 'GET' && !isPrefetch(c)) recordClick(context, c, resolved.link.id)
    for (const [name, value] of headers) c.header(name, value)
    return c.redirect(resolved.link.destination, 302)
  }
}

/** A link is served at its own domain only, or at the default host: each domain stands for its owner. */
function hideOnOtherHosts(
  context: OriginsContext,
  c: RequestContext,
  resolved: ResolvedShortLink,
): ResolvedShortLink {
  if (resolved.status !== 'found') return resolved
  const { domain } = resolved.link
  // A domain that was removed does not hide its links.
  const own = domain === null ? null : context.options.domains.find(domain)
  return own === requestedDomain(context, c) ? resolved : { status: 'unknown' }
}

/** The short domain of the request, or `null` at the default host. */
function requestedDomain(context: OriginsContext, c: RequestContext): ShortDomain | null {
  const { domains } = context.options
  return domains.isEmpty() ? null : domains.find(hostOf(context, c))
}

/** A failure becomes a value, because the error page needs the headers of later middleware. */
function resolveLink(
  context: ShortLinkContext,
  requested: RequestedCode,
): Promise<ResolvedShortLink> {
  return context.links
    .follow(requested)
    .catch((error: unknown) => ({ status: 'failed', error }) as const)
}

function recordClick(context: ShortLinkContext, c: RequestContext, linkId: string): void {
  context.links.recordClick({
    linkId,
    referrer: c.req.header('Referer') ?? null,
    userAgent: c.req.header('User-Agent') ?? null,
    ipAddress: c.var.exchange.client.ipAddress,
  })
}

/** Other methods, and a link that was not looked up, have no `shortLink`. */
function respondUnknown(
  context: ShortLinkContext,
  c: RequestContext,
  code: string,
): Response | Promise<Response> {
  if (c.var.shortLink?.status === 'unknown' && c.req.method === 'GET' && !isPrefetch(c)) {
    const userAgent = c.req.header('User-Agent') ?? null
    context.unknownCodes.record({ code, userAgent, ipAddress: c.var.exchange.client.ipAddress })
  }
  return respondNotFound(context, c)
}

/** Whether a browser prefetches the link without a click (Sec-Purpose and its older variants). */
function isPrefetch(c: RequestContext): boolean {
  const purposes = ['Sec-Purpose', 'Purpose', 'X-Purpose', 'X-Moz']
  return purposes.some((name) => /^(prefetch|preview)\b/i.test(c.req.header(name) ?? ''))
}

/** Serves nothing but short links on their own hosts (ASVS 5.0 V3.5.4). */
export function isolateShortHost(context: ShortLinkContext): AppMiddleware {
  const shortHost = separateShortHost(context)
  const handle = handleShortPath(context)
  return async (c, next) => {
    const domain = requestedDomain(context, c)
    const isShortHost = domain !== null || (shortHost !== null && hostOf(context, c) === shortHost)
    if (!isShortHost) return next()
    const rootUrl = domain === null ? context.options.shortRootUrl : domain.rootUrl
    if (c.req.path === '/' && rootUrl !== null && isReadMethod(c)) return c.redirect(rootUrl, 302)
    // Handled here: later middleware would redirect to the host of the app.
    return parseShortPath(c) === null ? respondNotFound(context, c) : handle(c)
  }
}

/** As the administrator has chosen for the domain of the request. */
function respondNotFound(context: ProblemContext, c: RequestContext): Response | Promise<Response> {
  const domain = requestedDomain(context, c)
  if (domain === null || !isReadMethod(c)) return respondWithProblem(context, c, notFound)
  const { notFoundUrl, notFoundText } = domain
  if (notFoundUrl !== null) return c.redirect(notFoundUrl, 302)
  const message = notFoundText === '' ? notFound.message : notFoundText
  return respondWithProblem(context, c, { ...notFound, message })
}

/** Responds to a short path that did not redirect: preview, unknown or expired link, wrong host or method. */
export function handleShortPath(context: ShortLinkContext) {
  return async (c: RequestContext): Promise<Response> => {
    const requested = parseShortPath(c)
    if (requested === null || !createHostCheck(context)(c)) return respondNotFound(context, c)
    if (!isReadMethod(c)) return respondWithProblem(context, c, methodNotAllowed)
    const { shortLink } = c.var
    if (shortLink?.status === 'failed') throw shortLink.error
    if (shortLink?.status === 'taken-down') {
      return respondWithProblem(context, c, linkTakenDown(shortLink.reason))
    }
    if (shortLink?.status === 'blocked') return respondWithProblem(context, c, destinationBlocked)
    if (shortLink?.status === 'gone') return respondWithProblem(context, c, linkEnded)
    if (shortLink?.status !== 'found') return respondUnknown(context, c, requested.code)
    return showPreview(context, c, shortLink.link)
  }
}

function showPreview(
  context: BareFrameContext,
  c: RequestContext,
  link: Pick<Link, 'shortCode' | 'domain'> & ShownLink,
): Response | Promise<Response> {
  const shortUrl = linkUrl(context.options.shortBaseUrl, link)
  const frame = bareFrame(context, c)
  const reportUrl = `${context.options.baseUrl}/report/${codeSegment(link.shortCode)}`
  return page(c, <PreviewPage {...{ frame, shortUrl, link, reportUrl }} />)
}

const methodNotAllowed = {
  status: 405,
  code: 'method_not_allowed',
  message: 'Short links accept GET and HEAD only.',
  headers: [['Allow', 'GET, HEAD']],
} as const

const linkEnded = {
  status: 410,
  code: 'gone',
  message: 'It expired or was deleted by its owner.',
} as const

/** Not which domain: the page must not lead there. */
const destinationBlocked: Problem = {
  status: 410,
  code: 'destination_blocked',
  title: 'This link was blocked',
  message: 'The administrator of this site does not allow links to its destination.',
}

/** The kind of reason, and neither the destination nor the owner. */
function linkTakenDown(reason: TakeDownReason): Problem {
  return {
    status: 410,
    code: 'link_taken_down',
    title: 'This link was taken down',
    message: `The administrator of this site took it down because of ${takeDownTexts[reason]}.`,
  }
}

function isReadMethod(c: RequestContext): boolean {
  return c.req.method === 'GET' || c.req.method === 'HEAD'
}

type OriginsContext = Pick<PageContext, 'options'>

/** Whether short links are served on the host of the request. If they have their own hosts, only there. */
function createHostCheck(context: OriginsContext): (c: RequestContext) => boolean {
  const shortHost = separateShortHost(context)
  return (c) =>
    shortHost === null || hostOf(context, c) === shortHost || requestedDomain(context, c) !== null
}

function separateShortHost({ options }: OriginsContext): string | null {
  const short = new URL(options.shortBaseUrl).host
  return short === new URL(options.baseUrl).host ? null : short
}

function hostOf({ options }: OriginsContext, c: RequestContext): string {
  return hostIn(options.shortBaseUrl, new URL(c.req.url).host)
}
