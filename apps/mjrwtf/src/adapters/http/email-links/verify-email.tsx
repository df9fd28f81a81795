import type { Hono } from 'hono'
import type { EmailAddresses } from '../../../application/email/email.ts'
import type { FollowEmailLinkResult } from '../../../application/email/follow-email-link.ts'
import { addFormPage, type FormContext } from '../forms/form-page.ts'
import { defineForm, optionalFormText } from '../forms/forms.ts'
import type { AppEnv, RequestContext } from '../http-context.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { frameOf } from '../responses/page.ts'
import { redirectWithFlash } from '../responses/redirects.ts'
import {
  clearTokenCookie,
  differentLink,
  emailLinkRoutes,
  type InvalidLink,
  isDifferentLink,
  linkField,
  linkFromRequest,
  linkIdOf,
  moveTokenToCookie,
  respondInvalidLink,
} from './email-link.tsx'
import { VerifyEmailPage } from './email-link-pages.tsx'

export interface VerifyEmailContext extends FormContext {
  readonly email: Pick<EmailAddresses, 'findLink' | 'followLink'>
}

/** Pages of the links that confirm or cancel an email. Opening one changes nothing and does not sign the user in. */
export function addVerifyEmailRoutes(app: Hono<AppEnv>, context: VerifyEmailContext): void {
  addFormPage(emailLinkRoutes(app, context), context, {
    path: '/verify',
    form: defineForm({ [linkField]: optionalFormText }),
    initialValues: (c) => moveTokenToCookie(c, 'verify') ?? {},
    async render(c, { problem }) {
      const link = await context.email.findLink(linkFromRequest(c, 'verify'))
      if (link.status !== 'valid') return rejectLink(context, c, link)
      const frame = await frameOf(context, c, { hasForm: true })
      const { purpose, targetEmail: email } = link
      const isOwnAccount = isSignedInAs(c, link.userId)
      return (
        <VerifyEmailPage
          {...{ frame, purpose, email, isOwnAccount, problem }}
          linkId={linkIdOf(c, 'verify')}
        />
      )
    },
    submit: async (c, { link }) =>
      isDifferentLink(c, 'verify', link) ? differentLink : followLink(context, c),
  })
}

function rejectLink(
  context: VerifyEmailContext,
  c: RequestContext,
  link: InvalidLink,
): Promise<Response> {
  if (link.status !== 'throttled') clearTokenCookie(c, 'verify')
  return respondInvalidLink(context, c, link)
}

async function followLink(context: VerifyEmailContext, c: RequestContext): Promise<Response> {
  const result = await context.email.followLink({
    ...linkFromRequest(c, 'verify'),
    renewSession: async (userId) => {
      if (!isSignedInAs(c, userId)) return false
      await c.var.exchange.rotate()
      return true
    },
  })
  return 'userId' in result ? respondVerified(context, c, result) : rejectLink(context, c, result)
}

function isSignedInAs(c: RequestContext, userId: string): boolean {
  return c.var.session?.userId === userId
}

type FollowedEmailLink = Extract<FollowEmailLinkResult, { readonly userId: string }>

async function respondVerified(
  context: VerifyEmailContext,
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
  'factor-removal-canceled': {
    event: 'factor-removal-canceled',
    page: '/settings/security',
    messageFor: () =>
      'Your second factors stay. If you did not ask for their removal, choose a new password: someone may know yours.',
  },
} as const
