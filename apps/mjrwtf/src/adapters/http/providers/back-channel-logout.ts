import type { Hono } from 'hono'
import type {
  AcceptLogoutToken,
  AcceptLogoutTokenResult,
} from '../../../application/identities/accept-logout-token.ts'
import type { AppEnv, PageContext, RequestContext } from '../http-context.ts'
import { logSecurityEvent } from '../reporting/log-security-event.ts'
import { oauthError, retryAfterHeader } from '../responses/problem.tsx'

export interface BackChannelLogoutContext
  extends Pick<PageContext, 'clock' | 'log' | 'securityLog'> {
  readonly acceptLogoutToken: AcceptLogoutToken
}

export const backChannelLogoutPath = '/oidc/backchannel-logout'

/**
 * A provider reports that a user has signed out there (OpenID Connect Back-Channel Logout 1.0, section 2.5). The signature of
 * the token authenticates it, so that no cookie and no CSRF token are needed.
 */
export function addBackChannelLogoutRoutes(
  app: Hono<AppEnv>,
  context: BackChannelLogoutContext,
): void {
  app.post(backChannelLogoutPath, async (c) => {
    const token = await readToken(c)
    if (token === null) return invalid(c, 'Send one logout_token as a form.')
    const { ipAddress } = c.var.exchange.client
    return respond(context, c, await context.acceptLogoutToken({ token, ipAddress }))
  })
}

async function readToken(c: RequestContext): Promise<string | null> {
  const form = await c.var.exchange.readForm()
  if (form.status !== 'form') return null
  const [token, ...others] = form.fields.getAll('logout_token')
  return typeof token === 'string' && token !== '' && others.length === 0 ? token : null
}

/** 200 after the sessions have ended. The provider can repeat what it got 503 for. */
function respond(
  context: BackChannelLogoutContext,
  c: RequestContext,
  result: AcceptLogoutTokenResult,
): Response {
  switch (result.status) {
    case 'ended':
      return c.json({})
    case 'rejected':
      logSecurityEvent(context, c, { event: 'provider-logout-rejected', reason: result.reason })
      return invalid(c, 'The logout token is invalid.')
    case 'throttled': {
      c.header(...retryAfterHeader(result.retryAfterSeconds))
      const message = 'Too many invalid tokens from your network.'
      return oauthError(c, { status: 429, code: 'temporarily_unavailable', message })
    }
    case 'unavailable': {
      const message = 'The keys of the provider cannot be loaded. Try again later.'
      return oauthError(c, { status: 503, code: 'temporarily_unavailable', message })
    }
  }
}

function invalid(c: RequestContext, message: string): Response {
  return oauthError(c, { status: 400, code: 'invalid_request', message })
}
