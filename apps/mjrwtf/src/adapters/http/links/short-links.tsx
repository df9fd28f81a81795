import type { HeaderOverrides } from 'coatcheck/web-security'
import type { Links } from '../../../application/links/links.ts'
import type { UnknownCodes } from '../../../application/links/unknown-codes.ts'
import { destinationOf, isGuarded } from '../../../application/links/visit-link.ts'
import type { ResolvedLink } from '../../../application/ports/link-repository.ts'
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
import {
  accessOf,
  showGuardedPreview,
  showLinkButton,
  showPasswordForm,
  submitGuardedLink,
} from './guarded-links.tsx'
import { PreviewPage } from './link-pages.tsx'
import { parseShortPath } from './short-path.ts'

export interface ShortLinkContext extends ProblemContext, Pick<PageContext, 'webSecurity'> {
  readonly links: Pick<Links, 'follow' | 'recordClick' | 'visit' | 'unlock' | 'isBot'>
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
  const respond = createRedirect(context)
  const isShortHost = createHostCheck(context)
  return async (c, next) => {
    const requested = parseShortPath(c)
    if (requested === null || !isReadMethod(c) || !isShortHost(c)) return next()
    const resolved = await resolveLink(context, c, requested)
    const visit = requested.preview
      ? notRedirected(resolved)
      : await visitRequested(context, c, { requested, resolved })
    if (visit.status === 'redirect') return respond(c, visit)
    c.set('shortLink', visit.shortLink)
    return next()
  }
}

/** Responds to a visit with the headers of a redirect, whatever the destination. */
function createRedirect({ webSecurity, options }: ShortLinkContext) {
  const policy = { 'Referrer-Policy': options.redirectReferrerPolicy }
  const stable = webSecurity.apiHeaders({ ...shortLinkHeaders, ...policy })
  const noStore = { ...shortLinkHeaders, ...policy, 'Cache-Control': 'no-store' }
  const changing = webSecurity.apiHeaders(noStore)
  return (c: RequestContext, { url, isStable }: Redirect) => {
    for (const [name, value] of isStable ? stable : changing) c.header(name, value)
    return url === null ? c.body(null, 204) : c.redirect(url, 302)
  }
}

interface Redirect {
  readonly status: 'redirect'
  /** `null` for a prefetch that must not use up a visit: browsers discard an empty response. */
  readonly url: string | null
  /** Whether the response stays the same until the link is edited. */
  readonly isStable: boolean
}

type Visit = Redirect | { readonly status: 'not-redirected'; readonly shortLink: ResolvedShortLink }

function notRedirected(shortLink: ResolvedShortLink): Visit {
  return { status: 'not-redirected', shortLink }
}

interface RequestedLink {
  readonly requested: RequestedCode
  readonly resolved: ResolvedShortLink
}

async function visitRequested(
  context: ShortLinkContext,
  c: RequestContext,
  { requested, resolved }: RequestedLink,
): Promise<Visit> {
  const visit = await visitLink(context, c, resolved)
  if (visit !== endedMeanwhile) return visit
  // What it leads to now: others took the last places since it was looked up, or it was removed or taken down.
  const ended = await resolveLink(context, c, requested)
  return ended.status === 'found' ? visit : visitLink(context, c, ended)
}

/** The link was found, and did not admit the visit. */
const endedMeanwhile: Visit = { status: 'not-redirected', shortLink: { status: 'gone' } }

async function visitLink(
  context: ShortLinkContext,
  c: RequestContext,
  resolved: ResolvedShortLink,
): Promise<Visit> {
  if (resolved.status === 'ended')
    return { status: 'redirect', url: resolved.fallbackUrl, isStable: false }
  if (resolved.status !== 'found') return notRedirected(resolved)
  const { link } = resolved
  const visit = isGuarded(link) ? await visitGuarded(context, c, link) : plainVisit(c, link)
  const isClick = visit.status === 'redirect' && visit.url !== null
  if (isClick && c.req.method === 'GET' && !isPrefetch(c)) recordClick(context, c, link.id)
  return visit
}

function plainVisit(c: RequestContext, link: ResolvedLink): Redirect {
  const search = link.forwardsQuery ? new URL(c.req.url).search : ''
  const isStable = link.startsAt === null && link.expiresAt === null
  return { status: 'redirect', url: destinationOf(link, search), isStable }
}

async function visitGuarded(
  context: ShortLinkContext,
  c: RequestContext,
  link: ResolvedLink,
): Promise<Visit> {
  if (link.clickLimit !== null && isPrefetch(c))
    return { status: 'redirect', url: null, isStable: false }
  const { search } = new URL(c.req.url)
  const userAgent = c.req.header('User-Agent') ?? null
  const isAutomatic = c.req.method === 'HEAD' || context.links.isBot(userAgent)
  const visit = { link, search, isAutomatic, access: accessOf(c) }
  const result = await context.links
    .visit(visit)
    .catch((error: unknown) => ({ status: 'failed', error }) as const)
  if (result.status === 'redirect') return { ...result, isStable: false }
  if (result.status === 'failed') return notRedirected(result)
  return result.status === 'ended' ? endedMeanwhile : notRedirected({ ...result, link })
}

/** A link is served at its own domain only, or at the default host: each domain stands for its owner. */
function hideOnOtherHosts(
  context: OriginsContext,
  c: RequestContext,
  resolved: ResolvedShortLink,
): ResolvedShortLink {
  if (resolved.status === 'unknown' || !('domain' in resolved)) return resolved
  const { domain } = resolved
  if (domain === undefined) return resolved
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
async function resolveLink(
  context: ShortLinkContext,
  c: RequestContext,
  requested: RequestedCode,
): Promise<ResolvedShortLink> {
  const resolved = await context.links
    .follow(requested)
    .catch((error: unknown) => ({ status: 'failed', error }) as const)
  return hideOnOtherHosts(context, c, resolved)
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
    if (!isReadMethod(c)) return submit(context, c, requested)
    const shortLink = c.var.shortLink ?? { status: 'unknown' }
    return shortLink.status === 'unknown'
      ? respondUnknown(context, c, requested.code)
      : respondToShortLink(context, c, shortLink)
  }
}

function respondToShortLink(
  context: ShortLinkContext,
  c: RequestContext,
  shortLink: Exclude<ResolvedShortLink, { readonly status: 'unknown' }>,
): Response | Promise<Response> {
  switch (shortLink.status) {
    case 'failed':
      throw shortLink.error
    case 'taken-down':
      return respondWithProblem(context, c, linkTakenDown(shortLink.reason))
    case 'blocked':
      return respondWithProblem(context, c, destinationBlocked)
    case 'gone':
    case 'ended':
      return respondWithProblem(context, c, linkEnded)
    case 'scheduled':
      return respondWithProblem(context, c, notFound)
    case 'password-required':
      return showPasswordForm(context, c, { link: shortLink.link })
    case 'button-required':
      return showLinkButton(context, c, shortLink.link)
    case 'found':
      return isGuarded(shortLink.link)
        ? showGuardedPreview(context, c, shortLink.link)
        : showPreview(context, c, shortLink.link)
  }
}

/** The forms of guarded links are the only requests that are not reads. */
async function submit(
  context: ShortLinkContext,
  c: RequestContext,
  requested: RequestedCode,
): Promise<Response> {
  const isPost = c.req.method === 'POST'
  const resolved = isPost ? await resolveLink(context, c, requested) : null
  if (resolved?.status === 'failed') throw resolved.error
  if (resolved?.status === 'found' && isGuarded(resolved.link))
    return submitGuardedLink(context, c, resolved.link)
  // It ended while a visitor had its form open: the link itself says so, and where that leads.
  const hasEnded = resolved?.status === 'gone' || resolved?.status === 'ended'
  const { pathname, search } = new URL(c.req.url)
  return hasEnded
    ? c.redirect(`${pathname}${search}`, 303)
    : respondWithProblem(context, c, methodNotAllowed)
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
