import type { Hono } from 'hono'
import type { AppEnv, PageContext } from '../http-context.ts'
import { isApiPath } from '../responses/problem.tsx'

/**
 * Accepts only pages of the app as a `next` parameter: a short link would lead on to another site. The pages are read from
 * the routes, so that there is no second list. An encoded path of a page is none, nor is one that starts a sign-in: it would
 * replace the session that `next` continues.
 */
export function createNextPath(
  app: Pick<Hono<AppEnv>, 'router'>,
  web: Pick<PageContext['web'], 'nextPath' | 'origin'>,
): PageContext['nextPath'] {
  /** Middleware and the route of short links have the method ALL. */
  function isOwnPage(path: string): boolean {
    const [matches] = app.router.match('GET', path)
    return (
      !isApiPath(path) &&
      !path.startsWith('/login/') &&
      matches.some(([[, { method }]]) => method === 'GET')
    )
  }

  return function nextPath(value) {
    const next = web.nextPath(value)
    return next !== null && isOwnPage(new URL(next, web.origin).pathname) ? next : null
  }
}
