import { createHash } from 'node:crypto'
import { hour } from '../../domain/time.ts'
import { findViewer } from './guards.ts'
import { page } from './page.ts'
import { frameOf } from './page-frame.ts'
import { DeadLinkPage } from './pages/mailed-link-pages.tsx'
import { answerProblem, comeBackLater } from './problem.tsx'
import { tellSecurityEvent } from './security-event.ts'
import type { AppContext, Site } from './site.ts'

/** What mailed links are for; also the names of their cookies. */
export type MailedLinkKind = 'reset' | 'verify'

/** How long a browser keeps the token of a link that was opened. The token itself may be over before. */
const openFor = hour

/**
 * Takes the token of a mailed link out of the URL, which browsers remember, show and send on, and keeps it in a signed
 * cookie (checklist CS-FP-4). `null` where there is none. Spends nothing: mail scanners follow links too.
 */
export function moveTokenOutOfUrl(c: AppContext, kind: MailedLinkKind): Response | null {
  const token = c.req.query('token')
  if (token === undefined) return null
  // Of a longer one nothing is kept: it is none of ours, and no cookie would hold it.
  const value = token.length <= 100 ? token : ''
  c.var.exchange.setSignedCookie({ name: kind, value, maxAge: openFor })
  return c.redirect(`/${kind}`, 303)
}

/** What goes before a page of a mailed link, and before its form. */
export function mailedLinkGuards(site: Site) {
  const { optionalSession, securityHeaders } = site.sessions
  return [securityHeaders('token-page'), optionalSession, findViewer(site)] as const
}

/** The token of the link that this browser has opened last, empty without one, and from where it is presented. */
export function presentedLink(c: AppContext, kind: MailedLinkKind) {
  return { token: openedToken(c, kind), ipAddress: c.var.exchange.client.ipAddress }
}

function openedToken(c: AppContext, kind: MailedLinkKind): string {
  return c.var.exchange.signedCookie(kind) ?? ''
}

/** Name of the field by which a form says which link its page was made for. */
export const linkField = 'link'

/** Names the link that this browser has opened last, to the form on its page; tells nothing of the token. */
export function linkMark(c: AppContext, kind: MailedLinkKind): string {
  return createHash('sha256')
    .update(`form ${openedToken(c, kind)}`)
    .digest('base64url')
    .slice(0, 22)
}

/**
 * Whether the form was made for another link than the one opened last: by its sender in another tab, or by a page
 * elsewhere that had the browser open one. What the button said it would do is not what it would do now. A program
 * need not say it: it has shown no page to anybody.
 */
export function isOfAnotherLink(
  c: AppContext,
  kind: MailedLinkKind,
  mark: string | undefined,
): boolean {
  if (mark === undefined || openedToken(c, kind) === '') return false
  return mark !== linkMark(c, kind)
}

export const otherLinkOpened =
  'Another link was opened in this browser since that page was, so nothing was done. This page is for the other one.'

export function forgetToken(c: AppContext, kind: MailedLinkKind): void {
  c.var.exchange.setSignedCookie({ name: kind, value: null, maxAge: openFor })
}

export type UnfollowedLink =
  | { readonly status: 'dead' }
  | { readonly status: 'taken' }
  | { readonly status: 'throttled'; readonly retryAfterSeconds: number }

/** Answers for a link that does not work: used, over, or never ours. Which it was is not told. */
export async function answerUnfollowed(site: Site, c: AppContext, link: UnfollowedLink) {
  tellSecurityEvent(site, c, { event: 'mailed-link-refused', reason: link.status })
  if (link.status === 'throttled') return answerProblem(site, c, tooManyTries(link))
  const isTaken = link.status === 'taken'
  return page(
    c,
    <DeadLinkPage frame={await frameOf(site, c, { form: true })} isTaken={isTaken} />,
    isTaken ? 409 : 400,
  )
}

function tooManyTries({ retryAfterSeconds }: { readonly retryAfterSeconds: number }) {
  return {
    status: 429,
    code: 'throttled',
    message: 'Too many links that do not work were opened from here. Please wait a little.',
    headers: [comeBackLater(retryAfterSeconds)],
  } as const
}
