import type { Hono } from 'hono'
import { authentication, describeApi, fieldsOf } from '../api/description.ts'
import { operations } from '../api/operations.ts'
import type { AppEnv, HttpContext, RequestContext } from '../http-context.ts'
import { findViewer } from '../middleware/guards.ts'
import { page } from '../responses/page.ts'
import { frameOf } from '../responses/page-frame.ts'
import { ApiPage } from './api-page.tsx'

/** The description of the API, as OpenAPI and as a page. */
export function addApiDocsRoutes(app: Hono<AppEnv>, context: HttpContext): void {
  const description = describeApi(context.web)
  app.get('/openapi.json', (c) => c.json(description))
  app.get('/docs/api', context.sessions.optionalSession, findViewer(context), (c) =>
    showApi(context, c),
  )
}

const documentedOperations = operations.map((operation) => ({
  ...operation,
  fields: fieldsOf(operation),
}))

async function showApi(context: HttpContext, c: RequestContext): Promise<Response> {
  const frame = await frameOf(context, c)
  const { origin } = context.web
  return page(
    c,
    <ApiPage {...{ frame, origin, authentication }} operations={documentedOperations} />,
  )
}
