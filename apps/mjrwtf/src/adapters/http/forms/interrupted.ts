import type { AppMiddleware, PageContext, RequestContext } from '../http-context.ts'
import { interruptedField } from '../responses/after-interruption.ts'

/** What is needed to lead an interrupted user back. */
export type InterruptionContext = Pick<PageContext, 'web' | 'options'>

/**
 * Leads a user to `reviewPath` after a guard has redirected the request, to the sign-in page or to a step-up: that page
 * shows what the request would have done, and has the button that does it. Without one, the user returns to the page
 * that sent the form. Nothing of the request is stored. Requests of other sites are not changed.
 */
export function returnAfterInterruption(
  context: InterruptionContext,
  reviewPath: (c: RequestContext) => string | null | Promise<string | null>,
): AppMiddleware {
  return async (c, next) => {
    let isAccepted = false
    c.set('acceptForm', () => {
      isAccepted = true
    })
    await next()
    if (isAccepted || c.res.status !== 303 || !context.web.isSameOrigin(c.var.exchange)) return
    leadTo(context, c.res.headers, await reviewPath(c))
  }
}

/**
 * Leads to the page of what the form changes, which selects the reason in the query again.
 */
export function returnWithReason(
  context: InterruptionContext,
  pagePath: (c: RequestContext) => string,
): AppMiddleware {
  return returnAfterInterruption(context, async (c) => {
    const reason = (await c.var.exchange.form())?.get('reason')
    const query = typeof reason === 'string' ? `?${new URLSearchParams({ reason })}` : ''
    return pagePath(c) + query
  })
}

/** Changes the `Location` of a redirect to the sign-in page or to a step-up, so that it ends at that page. */
export function leadTo(
  { options }: InterruptionContext,
  headers: Headers,
  reviewPath: string | null,
): void {
  const location = new URL(headers.get('Location') ?? '/', options.baseUrl)
  const requested = location.searchParams.get('next')
  if (!interruptionPages.has(location.pathname) || requested === null) return
  // The page that sent the form, with its query, unless it is another one.
  const page = new URL(requested, options.baseUrl)
  const review = reviewPath === null ? page : new URL(reviewPath, options.baseUrl)
  const isSame = review.pathname === page.pathname && review.search === ''
  const target = isSame ? page : review
  target.searchParams.set(interruptedField, '1')
  location.searchParams.set('next', target.pathname + target.search)
  headers.set('Location', location.pathname + location.search)
}

const interruptionPages: ReadonlySet<string> = new Set(['/login', '/reauthenticate'])
