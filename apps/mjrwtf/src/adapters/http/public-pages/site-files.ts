import type { HeaderOverrides } from 'coatcheck/web-security'
import { day } from '../../../domain/time.ts'
import type { AppMiddleware, PageContext, RequestContext } from '../http-context.ts'
import { jsonProblem, type ProblemContext } from '../responses/problem.tsx'
import { hostIn } from '../responses/request-host.ts'

export interface SiteFilesContext
  extends ProblemContext,
    Pick<PageContext, 'clock' | 'webSecurity'> {}

type SiteFile = (context: SiteFilesContext, c: RequestContext) => Response | null

/** What browsers, crawlers and researchers request at a fixed path. `null`: not on this host, or not configured. */
const siteFiles: ReadonlyMap<string, SiteFile> = new Map([
  ['/favicon.ico', favicon],
  ['/robots.txt', robots],
  ['/manifest.webmanifest', manifest],
  ['/.well-known/security.txt', securityContact],
  ['/.well-known/change-password', changePassword],
])

/** Allows caches to keep a file for a day. */
const cachedHeaders: HeaderOverrides = { 'Cache-Control': 'public, max-age=86400' }

/** Serves those files on every host, before any middleware that uses a session. */
export function serveSiteFiles(context: SiteFilesContext): AppMiddleware {
  const headers = context.webSecurity.apiHeaders(cachedHeaders)
  const refusalHeaders = [...context.webSecurity.apiHeaders(), ['Allow', 'GET, HEAD']] as const
  return async (c, next) => {
    const file = siteFiles.get(c.req.path)
    const response = file?.(context, c) ?? null
    if (response === null) return next()
    const isRead = c.req.method === 'GET' || c.req.method === 'HEAD'
    const answer = isRead ? response : jsonProblem(c, methodNotAllowed)
    for (const [name, value] of isRead ? headers : refusalHeaders) answer.headers.set(name, value)
    return answer
  }
}

const methodNotAllowed = {
  status: 405,
  code: 'method_not_allowed',
  message: 'This file accepts GET and HEAD only.',
} as const

function favicon({ assets }: SiteFilesContext): Response {
  const { body, contentType } = assets.favicon
  return new Response(body, { headers: { 'Content-Type': contentType } })
}

/** An installed site is in the share menu of other apps, which open the form with what they share (W3C Web Share Target). */
function manifest(context: SiteFilesContext, c: RequestContext): Response | null {
  if (!isAppHost(context, c)) return null
  const { assets, options } = context
  const file = {
    name: options.site.name,
    short_name: options.site.name,
    id: '/dashboard',
    start_url: '/dashboard',
    display: 'minimal-ui',
    icons: [{ src: assets.paths.icon, sizes: 'any' }],
    share_target: {
      action: '/create',
      method: 'GET',
      params: { title: 'title', text: 'text', url: 'url' },
    },
  }
  return new Response(JSON.stringify(file), {
    headers: { 'Content-Type': 'application/manifest+json' },
  })
}

/**
 * Crawlers may follow short links, because a preview in a chat or a social network needs it, and because they see only
 * then that the link is not to be indexed. They count as bots. Of the pages, they need the home page alone.
 */
function robots(context: SiteFilesContext, c: RequestContext): Response {
  const disallowed = isAppHost(context, c) ? pagesOfUsers : ['']
  return text(['User-agent: *', ...disallowed.map((path) => `Disallow: ${path}`.trimEnd())])
}

const pagesOfUsers = [
  ...['/api/', '/create', '/dashboard', '/forgot', '/invites', '/links/', '/login', '/oauth/'],
  ...['/reauthenticate', '/report/', '/reset', '/session/', '/settings/', '/setup', '/signup'],
  '/verify',
]

/** RFC 9116. It expires, so that old copies are not relied on. */
function securityContact(context: SiteFilesContext): Response | null {
  const { site, baseUrl } = context.options
  if (site.securityContact === null) return null
  const expiresAt = Math.ceil((context.clock.now() + 90 * day) / day) * day
  return text([
    `Contact: ${site.securityContact}`,
    `Expires: ${new Date(expiresAt).toISOString()}`,
    `Canonical: ${baseUrl}/.well-known/security.txt`,
    'Preferred-Languages: en',
  ])
}

/** Password managers open it (W3C, A Well-Known URL for Changing Passwords). */
function changePassword(context: SiteFilesContext, c: RequestContext): Response | null {
  if (!isAppHost(context, c)) return null
  return new Response(null, { status: 303, headers: { Location: '/settings/password' } })
}

function isAppHost({ options }: SiteFilesContext, c: RequestContext): boolean {
  const host = hostIn(options.shortBaseUrl, new URL(c.req.url).host)
  if (options.domains.find(host) !== null) return false
  const short = new URL(options.shortBaseUrl).host
  if (short === new URL(options.baseUrl).host) return true
  return host !== short
}

function text(lines: readonly string[]): Response {
  return new Response(`${lines.join('\n')}\n`, {
    headers: { 'Content-Type': 'text/plain; charset=utf-8' },
  })
}
