import type { CsrfRefusal } from '../../domain/events.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { redirect } from '../guards/guard-responses.ts'
import { requestUrl } from '../incoming-request.ts'
import { parseNextPath } from '../next-path.ts'
import type { WebContext } from '../web-context.ts'

/**
 * For a sign-in form whose token is wrong: if the user has signed in in another tab meanwhile, which
 * ended the pre-session that the token is bound to, redirects to where the form leads. Executes nothing.
 * The origin of the request was checked before.
 */
export async function redirectSignedIn<Data>(
  context: WebContext<Data>,
  exchange: Exchange<Data>,
  reason: CsrfRefusal | null,
): Promise<Response | null> {
  if (reason !== 'token-mismatch') return null
  const { origin } = context.origin
  const url = requestUrl(exchange.request, origin)
  if (exchange.request.method !== 'POST' || url?.pathname !== context.signInPath) return null
  if ((await exchange.session()) === null) return null
  // A body is not read if the token was in the header.
  const isForm = exchange.request.headers.get('x-csrf-token') === null
  const form = isForm ? await exchange.form() : null
  const field = form?.get('next') ?? url.searchParams.get('next')
  return redirect(303, parseNextPath(typeof field === 'string' ? field : null, origin) ?? '/')
}
