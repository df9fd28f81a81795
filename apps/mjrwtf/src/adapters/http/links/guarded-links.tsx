import { isResponse } from 'coatcheck/http'
import type { Links } from '../../../application/links/links.ts'
import type { ResolvedLink } from '../../../application/ports/link-repository.ts'
import { rejectedText } from '../components/texts.ts'
import type { PageContext, RequestContext } from '../http-context.ts'
import { bareFrame, page } from '../responses/page.ts'
import {
  type Problem,
  type ProblemContext,
  respondWithProblem,
  retryAfterHeader,
} from '../responses/problem.tsx'
import { codeSegment, linkUrl } from '../short-url.ts'
import { GuardedPreviewPage, LinkButtonPage, LinkPasswordPage } from './guarded-link-pages.tsx'

// Links with a password or a click limit: their pages, and the forms of those.

export interface GuardedLinkContext extends ProblemContext, Pick<PageContext, 'webSecurity'> {
  readonly links: Pick<Links, 'visit' | 'unlock' | 'recordClick'>
}

const accessCookie = 'link_access'

/** The access to a link that an earlier password gave the browser, or `null`. */
export function accessOf(c: RequestContext): string | null {
  const cookies = (c.req.header('Cookie') ?? '').split(';').map((cookie) => cookie.trim())
  const cookie = cookies.find((each) => each.startsWith(`${accessCookie}=`))
  return cookie?.slice(accessCookie.length + 1) ?? null
}

export interface PasswordPageState {
  readonly link: ResolvedLink
  readonly status?: 200 | 401 | 429 | 503
  readonly fieldError?: string
  readonly problem?: string
}

export async function showPasswordForm(
  context: GuardedLinkContext,
  c: RequestContext,
  { link, ...state }: PasswordPageState,
): Promise<Response> {
  const props = { ...(await formProps(context, c, link)), fieldError: state.fieldError }
  return page(
    c,
    <LinkPasswordPage {...props} problem={state.problem ?? null} />,
    state.status ?? 200,
  )
}

export async function showLinkButton(
  context: GuardedLinkContext,
  c: RequestContext,
  link: ResolvedLink,
): Promise<Response> {
  return page(c, <LinkButtonPage {...(await formProps(context, c, link))} />)
}

export function showGuardedPreview(
  context: GuardedLinkContext,
  c: RequestContext,
  link: ResolvedLink,
): Response | Promise<Response> {
  const shortUrl = linkUrl(context.options.shortBaseUrl, link)
  const reportUrl = `${context.options.baseUrl}/report/${codeSegment(link.shortCode)}`
  const path = pathOf(link)
  const frame = bareFrame(context, c)
  return page(c, <GuardedPreviewPage {...{ frame, shortUrl, reportUrl, path }} />)
}

async function formProps(context: GuardedLinkContext, c: RequestContext, link: ResolvedLink) {
  allowDestination(context, c, link)
  const csrfToken = await c.var.exchange.csrfToken()
  return {
    frame: { ...bareFrame(context, c), csrfToken },
    shortUrl: linkUrl(context.options.shortBaseUrl, link),
    action: actionOf(c, link),
  }
}

/** Chromium and Safari apply `form-action` to the redirects after the form, the last of which leads to the destination. */
function allowDestination(
  { webSecurity }: GuardedLinkContext,
  c: RequestContext,
  { destination, fallbackUrl }: ResolvedLink,
): void {
  const policy = new Map(webSecurity.pageHeaders(c.var.nonce)).get('Content-Security-Policy') ?? ''
  const schemes = [destination, fallbackUrl].map((url) => URL.parse(url ?? '')?.protocol ?? '')
  const sources = [...new Set(['https:', 'http:', ...schemes])].join(' ').trim()
  c.header(
    'Content-Security-Policy',
    policy.replace("form-action 'self'", `form-action 'self' ${sources}`),
  )
}

function pathOf({ shortCode }: ResolvedLink): string {
  return `/${encodeURI(shortCode)}`
}

/** With the query, which the link may forward. */
function actionOf(c: RequestContext, link: ResolvedLink): string {
  return `${pathOf(link)}${new URL(c.req.url).search}`
}

/** The form of a page above. */
export async function submitGuardedLink(
  context: GuardedLinkContext,
  c: RequestContext,
  link: ResolvedLink,
): Promise<Response> {
  const form = await readOwnForm(context, c)
  if (isResponse(form)) return form
  const { search } = new URL(c.req.url)
  const visit = { link, search, isAutomatic: false, access: accessOf(c) }
  const password = form.get('password')
  if (link.hasPassword && typeof password === 'string')
    return unlock(context, c, { link, password })
  const result = await context.links.visit(visit)
  if (result.status === 'password-required') return showPasswordForm(context, c, { link })
  // The link itself says that it has ended, and where that leads.
  if (result.status !== 'redirect') return c.redirect(actionOf(c, link), 303)
  context.links.recordClick({
    linkId: link.id,
    referrer: null,
    userAgent: c.req.header('User-Agent') ?? null,
    ipAddress: c.var.exchange.client.ipAddress,
  })
  return c.redirect(result.url, 303)
}

async function unlock(
  context: GuardedLinkContext,
  c: RequestContext,
  { link, password }: { readonly link: ResolvedLink; readonly password: string },
): Promise<Response> {
  const { ipAddress } = c.var.exchange.client
  const result = await context.links.unlock({ link, password, ipAddress })
  if (result.status === 'wrong-password') {
    return showPasswordForm(context, c, { link, status: 401, fieldError: 'Wrong password.' })
  }
  if (result.status !== 'unlocked') {
    c.header(...retryAfterHeader(result.retryAfterSeconds))
    const status = result.status === 'throttled' ? 429 : 503
    return showPasswordForm(context, c, { link, status, problem: rejectedText(result) })
  }
  const secure = context.options.shortBaseUrl.startsWith('https:') ? '; Secure' : ''
  const attributes = `Path=${pathOf(link)}; Max-Age=${result.maxAgeSeconds}; HttpOnly; SameSite=Lax`
  c.header('Set-Cookie', `${accessCookie}=${result.access}; ${attributes}${secure}`, {
    append: true,
  })
  return c.redirect(actionOf(c, link), 303)
}

/** The fields of a form that a page of this host sent: the host of short links may be another one than that of the app. */
async function readOwnForm(
  context: GuardedLinkContext,
  c: RequestContext,
): Promise<FormData | Response> {
  const { exchange } = c.var
  const form = isFromOwnHost(context, c) ? await exchange.readForm() : null
  const fields = form?.status === 'form' ? form.fields : new FormData()
  const token = fields.get('csrf_token')
  const matches = typeof token === 'string' && (await exchange.matchesCsrfToken(token))
  return matches ? fields : respondWithProblem(context, c, formRefused)
}

function isFromOwnHost({ options }: GuardedLinkContext, c: RequestContext): boolean {
  const site = c.req.header('Sec-Fetch-Site')
  if (site !== undefined && site !== 'same-origin') return false
  const source = c.req.header('Origin') ?? c.req.header('Referer')
  if (source === undefined) return site === 'same-origin'
  const { protocol } = new URL(options.shortBaseUrl)
  return URL.parse(source)?.origin === `${protocol}//${new URL(c.req.url).host}`
}

const formRefused: Problem = {
  status: 403,
  code: 'csrf_refused',
  title: 'Form not submitted',
  message: 'This page expired. Go back, reload it and try again.',
}
