import type { Hono } from 'hono'
import { authentication, describeApi, fieldsOf } from '../api/description.ts'
import { operations } from '../api/operations.ts'
import { findViewer } from '../guards.ts'
import { page } from '../page.ts'
import { frameOf } from '../page-frame.ts'
import { ApiPage } from '../pages/api-page.tsx'
import type { AppContext, AppEnv, Site } from '../site.ts'

/** What the API is: for programs, and as a page. */
export function addApiDocsRoutes(app: Hono<AppEnv>, site: Site): void {
  const description = describeApi(site.web)
  app.get('/openapi.json', (c) => c.json(description))
  app.get('/docs/api', site.sessions.optionalSession, findViewer(site), (c) => showApi(site, c))
}

const shown = operations.map((operation) => ({ ...operation, fields: fieldsOf(operation) }))

async function showApi(site: Site, c: AppContext): Promise<Response> {
  const frame = await frameOf(site, c)
  const { origin } = site.web
  return page(c, <ApiPage {...{ frame, origin, authentication }} operations={shown} />)
}
