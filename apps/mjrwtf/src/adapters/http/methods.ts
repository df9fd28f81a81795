import type { Hono } from 'hono'
import { answerProblem } from './problem.tsx'
import type { AppContext, AppEnv, Site } from './site.ts'

/**
 * Answers 405 with Allow where a known path is asked with another method. Call it after the routes: what
 * they answer is read from them, so that no second list can disagree.
 */
export function refuseOtherMethods(app: Hono<AppEnv>, site: Site): void {
  const routes = app.routes.filter((route) => route.method !== 'ALL')
  for (const [path, known] of Map.groupBy(routes, (route) => route.path)) {
    const allow = allowOf(new Set(known.map((route) => route.method)))
    app.all(path, (c: AppContext) => answerProblem(site, c, methodNotAllowed(allow)))
  }
}

function allowOf(methods: ReadonlySet<string>): string {
  return [...methods]
    .flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    .join(', ')
}

function methodNotAllowed(allow: string) {
  return {
    status: 405,
    code: 'method_not_allowed',
    message: `This address answers ${allow} only.`,
    headers: [['Allow', allow]],
  } as const
}
