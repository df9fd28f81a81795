import type { Hono } from 'hono'
import type { AppEnv, HttpContext, RequestContext } from '../http-context.ts'
import { findViewer } from '../middleware/guards.ts'
import { page } from '../responses/page.ts'
import { frameOf } from '../responses/page-frame.ts'
import { HomePage } from './home-page.tsx'

export function addHomeRoutes(app: Hono<AppEnv>, context: HttpContext): void {
  app.get('/', context.sessions.optionalSession, findViewer(context), (c) => showHome(context, c))
}

async function showHome(context: HttpContext, c: RequestContext): Promise<Response> {
  const frame = await frameOf(context, c)
  const needsSetUp = frame.viewer === null && (await context.accounts.needsSetUp())
  const { shortBaseUrl } = context.options
  return page(c, <HomePage {...{ frame, shortBaseUrl, needsSetUp }} />)
}
