import type { AssuranceLevel, UsedMethod } from '../../domain/authentication.ts'
import type { CsrfRefusal } from '../../domain/events.ts'
import type { RequestHead } from '../incoming-request.ts'
import type { PublicOrigin } from '../public-origin.ts'
import type { RefusalCode, RequestKind } from './refusals.ts'

/** What the details of a refusal depend on. */
export interface DetailScope {
  readonly origin: PublicOrigin
}

/**
 * The text of a detail, or `null` in production: it is for the developer, and would reveal to an attacker which
 * check failed. Production is https; plain http is allowed only on loopback names.
 */
export function detailOf({ origin }: DetailScope, describe: () => string): string | null {
  return origin.https ? null : describe()
}

/** Why the CSRF guard refused, and how to fix it. */
export function describeCsrfRefusal(
  { origin }: DetailScope,
  request: RequestHead,
  [reason, kind]: readonly [CsrfRefusal, RequestKind],
): string {
  const { headers } = request
  const seen = headers.get('origin') ?? headers.get('referer')
  switch (reason) {
    case 'cross-site':
      return `CSRF check "cross-site": the header Sec-Fetch-Site is "${headers.get('sec-fetch-site')}" and Origin is "${seen ?? 'absent'}", so a page of another site or port made the request, not one of ${origin.origin}. Open the page at baseUrl, or add the page's origin to trustedOrigins if it is yours and calls the API.`
    case 'foreign-origin':
      return seen === null
        ? `CSRF check "foreign-origin": Origin and Referer are absent. A client that is not a browser must send the header "Origin: ${origin.origin}".`
        : `CSRF check "foreign-origin": the page's origin is "${seen}", and baseUrl is "${origin.origin}". Open the page at baseUrl, or set baseUrl to the origin in the browser's address bar.`
    case 'token-missing':
      return kind === 'api'
        ? 'CSRF check "token-missing": send the result of exchange.csrfToken() in the header X-CSRF-Token.'
        : 'CSRF check "token-missing": add <input type="hidden" name="csrf_token" value="…"> to the form, with the result of exchange.csrfToken(), or send it in the header X-CSRF-Token.'
    case 'token-mismatch':
      return 'CSRF check "token-mismatch": the token belongs to another session, or to a visitor who has signed in or out since, or the keys have changed, or the cookie was not sent. Reload the page of the form, and do not cache pages with a token.'
  }
}

/** What to do about a body that the CSRF guard refused. */
export function describeBodyRefusal(code: RefusalCode): string {
  switch (code) {
    case 'form_too_large':
      return 'The form exceeds maxFormSize. Send the CSRF token in the header X-CSRF-Token, and the body is not read; or let csrf_token be the first field of a multipart form; or raise maxFormSize.'
    case 'unsupported_media_type':
      return 'With csrf: "origin", send a body for the API as application/json: forms of other sites can send this type.'
    default:
      return 'The body is not what its Content-Type says. For multipart let the browser set that header: it contains the boundary.'
  }
}

/** Why `requireRecentAuthentication` refused. */
export function describeRecentAuthentication(reason: string, path: string): string {
  return `requireRecentAuthentication refused because of "${reason}". Ask for the password again at ${path}, and call exchange.stepUp() after verifying it.`
}

/** Why `requireAssurance` refused. */
export function describeAssurance(
  methods: readonly UsedMethod[],
  level: AssuranceLevel,
  [reason, path]: readonly [reason: string, path: string],
): string {
  const names = methods.map(({ method }) => method).join(', ')
  return `requireAssurance refused because of "${reason}": the route needs level ${level}, and the methods of the session are ${names || 'unknown'}. Ask for the missing factors at ${path}, and call exchange.stepUp({ methods }) after verifying them.`
}

/** Why resource isolation refused. */
export function describeEmbedding({ headers }: RequestHead): string {
  const [site, mode, dest] = ['site', 'mode', 'dest'].map(
    (name) => headers.get(`sec-fetch-${name}`) ?? 'absent',
  )
  return `enforceResourceIsolation refused: Sec-Fetch-Site is "${site}", Sec-Fetch-Mode is "${mode}" and Sec-Fetch-Dest is "${dest}". Another site or port may only link to pages. Pages of your own on another origin can call the API if it is in trustedOrigins.`
}

/** Why a guard that redirects to the sign-in page refused to do so. */
export function describeGuardedSignInPage(path: string): string {
  return `The guard redirects to ${path}, and guards that page too. Use it only on the other routes, or set signInPath or reauthenticatePath to the page that is public.`
}
