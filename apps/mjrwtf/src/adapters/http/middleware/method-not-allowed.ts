import type { Hono } from 'hono'
import type { AppEnv, RequestContext } from '../http-context.ts'
import { type ProblemContext, respondWithProblem } from '../responses/problem.tsx'

/**
 * Responds 405 with Allow to a known path with another method. Call it after the routes were added: the methods are
 * read from them, so that there is no second list.
 */
export function rejectOtherMethods(app: Hono<AppEnv>, context: ProblemContext): void {
  const routes = app.routes.filter((route) => route.method !== 'ALL')
  for (const [path, pathRoutes] of Map.groupBy(routes, (route) => route.path)) {
    const allow = allowHeader(new Set(pathRoutes.map((route) => route.method)))
    app.all(path, (c: RequestContext) => respondWithProblem(context, c, methodNotAllowed(allow)))
  }
}

function allowHeader(methods: ReadonlySet<string>): string {
  return [...methods]
    .flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    .join(', ')
}

function methodNotAllowed(allow: string) {
  return {
    status: 405,
    code: 'method_not_allowed',
    message: `This URL accepts ${allow} only.`,
    headers: [['Allow', allow]],
  } as const
}
