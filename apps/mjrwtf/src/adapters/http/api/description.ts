import { z } from 'zod'
import { describeScopes } from '../../../application/shared/scope-texts.ts'
import { type Scope, scopes } from '../../../domain/scope.ts'
import { exampleOf, exampleOfBody, exampleOfError } from './examples.ts'
import { type Operation, operations } from './operations.ts'
import { schemas } from './schemas.ts'

interface ApiDescriptionOptions {
  readonly origin: string
  readonly sessionCookieName: string
}

/** The API as an OpenAPI 3.1 document. */
export function describeApi(options: ApiDescriptionOptions): object {
  const paths = Map.groupBy(operations, (operation) => operation.path)
  return {
    openapi: '3.1.0',
    info: { title: 'mjr.wtf', version: '1', description: authentication },
    servers: [{ url: options.origin }],
    paths: Object.fromEntries(
      [...paths].map(([path, pathOperations]) => [path, describePath(pathOperations)]),
    ),
    components: { schemas, securitySchemes: securitySchemes(options) },
  }
}

/** How to authenticate. Shown on the page too. */
export const authentication =
  'Send exactly one credential: a bearer token in the Authorization header, or the session cookie. A token needs the scope ' +
  'of the operation; otherwise the response is 403 insufficient_scope. With the cookie, requests that change data also ' +
  'need Content-Type: application/json and the csrf_token of GET /api/session in the X-CSRF-Token header.'

function securitySchemes({ origin, sessionCookieName }: ApiDescriptionOptions): object {
  return {
    bearer: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'mjr_pat_',
      description: 'A personal access token, which users create in their settings.',
    },
    oauth: {
      type: 'oauth2',
      description: 'The access token of a client application.',
      flows: {
        authorizationCode: {
          authorizationUrl: `${origin}/oauth/authorize`,
          tokenUrl: `${origin}/oauth/token`,
          refreshUrl: `${origin}/oauth/token`,
          scopes: Object.fromEntries(scopes.map((scope) => [scope, describeScopes([scope])[0]])),
        },
      },
    },
    session: { type: 'apiKey', in: 'cookie', name: sessionCookieName },
  }
}

/** OpenAPI 3.1 allows the names of scopes for other schemes than OAuth too. */
function securityOf(scope: Scope): readonly object[] {
  return [{ bearer: [scope] }, { oauth: [scope] }, { session: [] }]
}

/** The fields of the request body, for the page. */
export function fieldsOf({ body }: Operation): readonly Field[] {
  if (body === undefined) return []
  const { properties = {}, required = [] } = z.toJSONSchema(body)
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    required: required.includes(name),
    description: typeof schema === 'object' ? (schema.description ?? '') : '',
  }))
}

interface Field {
  readonly name: string
  readonly required: boolean
  readonly description: string
}

function describePath(pathOperations: readonly Operation[]): object {
  return Object.fromEntries(
    pathOperations.map((operation) => [operation.method, describeOperation(operation)]),
  )
}

function describeOperation(operation: Operation): object {
  const { summary, parameters, body, scope, success, failures } = operation
  const responses = [
    [
      success.status,
      describeResponse('Success', success.schema, exampleOf(success.schema)),
    ] as const,
    ...[...failures, 429, 503].map(
      (status) => [status, describeResponse('Error', 'Error', exampleOfError(status))] as const,
    ),
  ]
  return {
    summary,
    parameters: parameters.map((parameter) => ({
      ...parameter,
      required: parameter.in === 'path',
      schema: { type: 'string' },
    })),
    security: scope === null ? [{ session: [] }] : securityOf(scope),
    ...(body === undefined ? {} : { requestBody: requestBody(body) }),
    responses: Object.fromEntries(responses),
  }
}

function describeResponse(description: string, name: string | null, example: unknown): object {
  if (name === null) return { description }
  const schema = { $ref: `#/components/schemas/${name}` }
  return { description, content: { 'application/json': { schema, example } } }
}

function requestBody(body: z.ZodType): object {
  const content = { schema: z.toJSONSchema(body), example: exampleOfBody(body) }
  return { required: true, content: { 'application/json': content } }
}
