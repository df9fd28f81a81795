import { createHash } from 'node:crypto'
import { pageHeaders } from 'coatcheck/hono'
import type { Hono } from 'hono'
import { hour } from '../../../domain/time.ts'
import { retryText } from '../components/texts.ts'
import type { RejectedForm } from '../forms/form-page.ts'
import type { AppEnv, GuardedRoutes, PageContext, RequestContext } from '../http-context.ts'
import { visitorRoutes } from '../middleware/guards.ts'
import { isFromOtherSite } from '../middleware/request-site.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { frameOf, page, tokenPageHeaders } from '../responses/page.ts'
import { respondWithProblem, retryAfterHeader } from '../responses/problem.tsx'
import { InvalidLinkPage } from './email-link-pages.tsx'

/** The purposes of email links, also the names of their cookies. */
export type EmailLinkPage = 'reset' | 'verify'

/** How long a browser keeps the token of an opened link. The token itself may expire earlier. */
const cookieLifetime = hour

/**
 * Moves the token of an email link from the URL, which browsers store, show and send to other sites, to a signed cookie
 * (checklist CS-FP-4). `null` without a token. Does not use the token up, because mail scanners follow links too.
 */
export function moveTokenToCookie(c: RequestContext, kind: EmailLinkPage): Response | null {
  const token = c.req.query('token')
  if (token === undefined) return null
  // A longer token is not ours, and no cookie could hold it.
  const value = token.length <= 100 ? token : ''
  c.var.exchange.setSignedCookie({ name: kind, value, maxAge: cookieLifetime })
  return c.redirect(`/${kind}`, 303)
}

/** Routes of the pages of email links, for everyone. */
export function emailLinkRoutes(
  app: Hono<AppEnv>,
  context: PageContext,
): GuardedRoutes<RequestContext> {
  return visitorRoutes(app, context, pageHeaders(context.webSecurity, tokenPageHeaders))
}

/** The token of the link that this browser opened last, or empty, with the client's IP address. */
export function linkFromRequest(c: RequestContext, kind: EmailLinkPage) {
  const { ipAddress } = c.var.exchange.client
  return { token: tokenFromCookie(c, kind), ipAddress, counts: !isFromOtherSite(c) }
}

function tokenFromCookie(c: RequestContext, kind: EmailLinkPage): string {
  return c.var.exchange.signedCookie(kind) ?? ''
}

/** Name of the form field that identifies the link the page was rendered for. */
export const linkField = 'link'

/** Identifies the link that this browser opened last. Does not reveal the token. */
export function linkIdOf(c: RequestContext, kind: EmailLinkPage): string {
  return createHash('sha256')
    .update(`form ${tokenFromCookie(c, kind)}`)
    .digest('base64url')
    .slice(0, 22)
}

/**
 * Whether the form was rendered for a different link than the one opened last, for example because another tab or another
 * site opened a link in between. Submitting it would not do what its button says. API clients may omit the field.
 */
export function isDifferentLink(
  c: RequestContext,
  kind: EmailLinkPage,
  linkId: string | undefined,
): boolean {
  if (linkId === undefined || tokenFromCookie(c, kind) === '') return false
  return linkId !== linkIdOf(c, kind)
}

export const differentLink: RejectedForm = {
  status: 'rejected',
  httpStatus: 409,
  problem:
    'You opened a different link in this browser in the meantime, so nothing was changed. This page is for the newer link.',
}

export function clearTokenCookie(c: RequestContext, kind: EmailLinkPage): void {
  c.var.exchange.setSignedCookie({ name: kind, value: null, maxAge: cookieLifetime })
}

export type InvalidLink =
  | { readonly status: 'invalid-token' }
  | { readonly status: 'email-unavailable' }
  | { readonly status: 'throttled'; readonly retryAfterSeconds: number }

/** Responds to a link that is used, expired or unknown. The response does not reveal which. */
export async function respondInvalidLink(
  context: PageContext,
  c: RequestContext,
  link: InvalidLink,
) {
  const reason = link.status === 'invalid-token' ? 'invalid' : link.status
  logSecurityEvent(context, c, { event: 'email-link-rejected', reason })
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
    message: `Too many invalid links were opened from your network. ${retryText(retryAfterSeconds)}`,
    headers: [retryAfterHeader(retryAfterSeconds)],
  } as const
}
