import { createHash } from 'node:crypto'
import { hour } from '../../../domain/time.ts'
import type { HttpContext, RequestContext } from '../http-context.ts'
import { findViewer } from '../middleware/guards.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { tokenPageHeaders } from '../responses/header-overrides.ts'
import { page } from '../responses/page.ts'
import { frameOf } from '../responses/page-frame.ts'
import { respondWithProblem, retryAfterHeader } from '../responses/problem.tsx'
import { InvalidLinkPage } from './email-link-pages.tsx'

/** What mailed links are for; also the names of their cookies. */
export type EmailLinkKind = 'reset' | 'verify'

/** How long a browser keeps the token of a link that was opened. The token itself may be over before. */
const cookieLifetime = hour

/**
 * Takes the token of a mailed link out of the URL, which browsers remember, show and send on, and keeps it in a signed
 * cookie (checklist CS-FP-4). `null` where there is none. Spends nothing: mail scanners follow links too.
 */
export function moveTokenToCookie(c: RequestContext, kind: EmailLinkKind): Response | null {
  const token = c.req.query('token')
  if (token === undefined) return null
  // Of a longer one nothing is kept: it is none of ours, and no cookie would hold it.
  const value = token.length <= 100 ? token : ''
  c.var.exchange.setSignedCookie({ name: kind, value, maxAge: cookieLifetime })
  return c.redirect(`/${kind}`, 303)
}

/** What goes before a page of a mailed link, and before its form. */
export function emailLinkGuards(context: HttpContext) {
  const { sessions, security } = context
  return [
    security.pageHeaders(tokenPageHeaders),
    sessions.optionalSession,
    findViewer(context),
  ] as const
}

/** The token of the link that this browser has opened last, empty without one, and from where it is presented. */
export function linkFromRequest(c: RequestContext, kind: EmailLinkKind) {
  return { token: tokenFromCookie(c, kind), ipAddress: c.var.exchange.client.ipAddress }
}

function tokenFromCookie(c: RequestContext, kind: EmailLinkKind): string {
  return c.var.exchange.signedCookie(kind) ?? ''
}

/** Name of the field by which a form says which link its page was made for. */
export const linkField = 'link'

/** Names the link that this browser has opened last, to the form on its page; tells nothing of the token. */
export function linkIdOf(c: RequestContext, kind: EmailLinkKind): string {
  return createHash('sha256')
    .update(`form ${tokenFromCookie(c, kind)}`)
    .digest('base64url')
    .slice(0, 22)
}

/**
 * Whether the form was made for another link than the one opened last: by its sender in another tab, or by a page
 * elsewhere that had the browser open one. What the button said it would do is not what it would do now. A program
 * need not say it: it has shown no page to anybody.
 */
export function isDifferentLink(
  c: RequestContext,
  kind: EmailLinkKind,
  linkId: string | undefined,
): boolean {
  if (linkId === undefined || tokenFromCookie(c, kind) === '') return false
  return linkId !== linkIdOf(c, kind)
}

export const differentLinkProblem =
  'Another link was opened in this browser since that page was, so nothing was done. This page is for the other one.'

export function clearTokenCookie(c: RequestContext, kind: EmailLinkKind): void {
  c.var.exchange.setSignedCookie({ name: kind, value: null, maxAge: cookieLifetime })
}

export type InvalidLink =
  | { readonly status: 'invalid-token' }
  | { readonly status: 'email-unavailable' }
  | { readonly status: 'throttled'; readonly retryAfterSeconds: number }

/** Answers for a link that does not work: used, over, or never ours. Which it was is not told. */
export async function respondInvalidLink(
  context: HttpContext,
  c: RequestContext,
  link: InvalidLink,
) {
  logSecurityEvent(context, c, { event: 'email-link-rejected', reason: link.status })
  if (link.status === 'throttled') return respondWithProblem(context, c, tooManyTries(link))
  const isEmailUnavailable = link.status === 'email-unavailable'
  return page(
    c,
    <InvalidLinkPage
      frame={await frameOf(context, c, { hasForm: true })}
      isEmailUnavailable={isEmailUnavailable}
    />,
    isEmailUnavailable ? 409 : 400,
  )
}

function tooManyTries({ retryAfterSeconds }: { readonly retryAfterSeconds: number }) {
  return {
    status: 429,
    code: 'throttled',
    message: 'Too many links that do not work were opened from here. Please wait a little.',
    headers: [retryAfterHeader(retryAfterSeconds)],
  } as const
}
