import type { Hono } from 'hono'
import type { FollowEmailLinkResult } from '../../../application/email/follow-email-link.ts'
import { formSchema, optionalFormText, readForm } from '../forms/forms.ts'
import type { AppEnv, HttpContext, RequestContext } from '../http-context.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { redirectWithFlash } from '../responses/credential-redirect.ts'
import { page } from '../responses/page.ts'
import { frameOf } from '../responses/page-frame.ts'
import {
  clearTokenCookie,
  differentLinkProblem,
  emailLinkGuards,
  type InvalidLink,
  isDifferentLink,
  linkField,
  linkFromRequest,
  linkIdOf,
  moveTokenToCookie,
  respondInvalidLink,
} from './email-link.tsx'
import { VerifyEmailPage } from './email-link-pages.tsx'

const linkForm = formSchema({ [linkField]: optionalFormText })

/** Pages of the links that confirm or cancel an email. Opening one changes nothing and signs nobody in. */
export function addVerifyEmailRoutes(app: Hono<AppEnv>, context: HttpContext): void {
  const guards = emailLinkGuards(context)
  app.get('/verify', ...guards, (c) => moveTokenToCookie(c, 'verify') ?? showForm(context, c))
  app.post('/verify', ...guards, context.sessions.csrfGuard, (c) => followLink(context, c))
}

async function showForm(
  context: HttpContext,
  c: RequestContext,
  problem: string | null = null,
): Promise<Response> {
  const link = await context.email.findLink(linkFromRequest(c, 'verify'))
  if (link.status !== 'valid') return rejectLink(context, c, link)
  const frame = await frameOf(context, c, { hasForm: true })
  const { purpose, targetEmail: email } = link
  const linkId = linkIdOf(c, 'verify')
  const status = problem === null ? 200 : 409
  return page(c, <VerifyEmailPage {...{ frame, purpose, email, linkId, problem }} />, status)
}

function rejectLink(context: HttpContext, c: RequestContext, link: InvalidLink): Promise<Response> {
  if (link.status !== 'throttled') clearTokenCookie(c, 'verify')
  return respondInvalidLink(context, c, link)
}

async function followLink(context: HttpContext, c: RequestContext): Promise<Response> {
  const form = await readForm(context, c, linkForm)
  if (form instanceof Response) return form
  if (isDifferentLink(c, 'verify', form.link)) return showForm(context, c, differentLinkProblem)
  const result = await context.email.followLink({
    ...linkFromRequest(c, 'verify'),
    renewSession: async (userId) => {
      if (isSignedInAs(c, userId)) await c.var.exchange.rotate()
    },
  })
  if (
    'retryAfterSeconds' in result ||
    result.status === 'invalid-token' ||
    result.status === 'email-unavailable'
  ) {
    return rejectLink(context, c, result)
  }
  return respondVerified(context, c, result)
}

function isSignedInAs(c: RequestContext, userId: string): boolean {
  return c.var.session?.userId === userId
}

type FollowedEmailLink = Extract<FollowEmailLinkResult, { readonly userId: string }>

async function respondVerified(
  context: HttpContext,
  c: RequestContext,
  { status, userId, targetEmail: email }: FollowedEmailLink,
) {
  const { event, messageFor, page: signedInPage } = outcomeTexts[status]
  logSecurityEvent(context, c, { event, userId })
  clearTokenCookie(c, 'verify')
  const isOwnAccount = isSignedInAs(c, userId)
  const message = messageFor(email, isOwnAccount)
  return redirectWithFlash(context, c, { message, to: isOwnAccount ? signedInPage : '/login' })
}

const outcomeTexts = {
  verified: {
    event: 'email-verified',
    page: '/settings/account',
    messageFor: (email: string) => `${email} is now verified.`,
  },
  changed: {
    event: 'email-changed',
    // Offers to end the other sessions (ASVS 5.0 V7.4.3).
    page: '/settings/sessions',
    messageFor: (email: string, isOwnAccount: boolean) =>
      isOwnAccount
        ? `Your email is now ${email}. You are still signed in on other devices; review them below.`
        : `Your email is now ${email}. Sign in with it.`,
  },
  canceled: {
    event: 'email-change-canceled',
    page: '/settings/account',
    messageFor: () =>
      'Email change canceled. If you did not request the change, change your password.',
  },
} as const
