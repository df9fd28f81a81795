import { redirectUriKind } from '../../../domain/redirect-uri.ts'
import type { PageContext, RequestContext } from '../http-context.ts'

/**
 * Allows the form of the page to redirect to the client. Chromium and Safari apply `form-action` to every redirect after a
 * form, also to those that the client adds: many clients redirect from the callback to another origin of theirs, over
 * https. The form itself only leads to our own origin: its action is not input.
 */
export function allowRedirectAfterForm(
  context: Pick<PageContext, 'webSecurity'>,
  c: RequestContext,
  redirectUri: string,
): void {
  const headers = new Map(context.webSecurity.pageHeaders(c.var.nonce))
  const policy = headers.get('Content-Security-Policy') ?? ''
  const sources = `form-action 'self' https: ${sourceOf(redirectUri)}`.trim()
  c.header('Content-Security-Policy', policy.replace("form-action 'self'", sources))
}

/** A source expression. It cannot name an IPv6 address (CSP Level 3, section 2.3.1), so the scheme stands for it. */
function sourceOf(redirectUri: string): string {
  const { protocol, origin } = new URL(redirectUri)
  switch (redirectUriKind(redirectUri)) {
    case 'https':
      return ''
    case 'loopback':
      return origin.includes('[') ? protocol : origin
    case 'private-use':
      return protocol
  }
}
