import { createServer } from 'node:http'
import type { ScenarioRouteResponse, StartAdapter } from 'coatcheck/testing-contracts'
import type { ErrorRequestHandler, Express, RequestHandler, Response } from 'express'
import {
  bodyOf,
  createNodeScenario,
  listen,
  type NodeScenario,
} from '../../packages/coatcheck/test/support/node-scenario.ts'

/** Starts scenarios of the adapter contract with the `coatcheck/node` guards in a version of Express. */
export function startExpress(version: 'express' | 'express-4'): StartAdapter {
  return async (scenario) => {
    const { default: express } = await import(version)
    const app: Express = express()
    const node = createNodeScenario(scenario)
    for (const route of scenario.routes) {
      const handle: RequestHandler = async (request, response) => {
        const guarded = await node.runGuards(route, [request, response])
        if (guarded === null) return
        respond(response, await route.handle({ ...guarded, ...bodyOf(request) }))
      }
      // Express 4 ignores a rejected promise.
      app[methodNames[route.method]](route.path, (request, response, next) => {
        Promise.resolve(handle(request, response, next)).catch(next)
      })
    }
    app.use(respondToFailure(node))
    return listen(createServer(app), node)
  }
}

const methodNames = { GET: 'get', POST: 'post', DELETE: 'delete', OPTIONS: 'options' } as const

function respondToFailure({ guard }: NodeScenario): ErrorRequestHandler {
  // biome-ignore lint/complexity/useMaxParams: Express recognizes error handlers by it
  return (error, request, response, next) => {
    guard
      .respondToFailure(error, request, response)
      .then((hasResponded) => hasResponded || response.status(500).end())
      .catch(next)
  }
}

function respond(
  response: Response,
  { status, body, headers = [], streams }: ScenarioRouteResponse,
): void {
  response.status(status)
  for (const [name, value] of headers) response.append(name, value)
  if (streams !== true) {
    response.send(body)
    return
  }
  response.flushHeaders()
  response.write(body)
  response.end()
}
