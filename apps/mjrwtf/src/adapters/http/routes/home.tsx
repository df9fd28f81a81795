import type { Hono } from 'hono'
import { findViewer } from '../guards.ts'
import { page } from '../page.ts'
import { frameOf } from '../page-frame.ts'
import { HomePage } from '../pages/home-page.tsx'
import type { AppContext, AppEnv, Site } from '../site.ts'

export function addHomeRoutes(app: Hono<AppEnv>, site: Site): void {
  app.get('/', site.sessions.optionalSession, findViewer(site), (c) => showHome(site, c))
}

async function showHome(site: Site, c: AppContext): Promise<Response> {
  const frame = await frameOf(site, c)
  const needsSetUp = frame.viewer === null && (await site.useCases.needsSetUp())
  const { shortBaseUrl } = site.options
  return page(c, <HomePage {...{ frame, shortBaseUrl, needsSetUp }} />)
}
