import type { Hono } from 'hono'
import { authentication, describeApi, fieldsOf } from '../api/description.ts'
import { operations } from '../api/operations.ts'
import type { AppEnv, PageContext, RequestContext } from '../http-context.ts'
import { visitorRoutes } from '../middleware/guards.ts'
import { frameOf, page } from '../responses/page.ts'
import { ApiPage } from './api-page.tsx'

/** The description of the API, as OpenAPI and as a page. */
export function addApiDocsRoutes(app: Hono<AppEnv>, context: PageContext): void {
  const description = describeApi(context.web)
  app.get('/openapi.json', (c) => c.json(description))
  visitorRoutes(app, context).get('/docs/api', (c) => showApi(context, c))
}

const documentedOperations = operations.map((operation) => ({
  ...operation,
  fields: fieldsOf(operation),
}))

async function showApi(context: PageContext, c: RequestContext): Promise<Response> {
  const frame = await frameOf(context, c)
  const { origin } = context.web
  return page(
    c,
    <ApiPage {...{ frame, origin, authentication }} operations={documentedOperations} />,
  )
}
