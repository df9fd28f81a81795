import { Readable } from 'node:stream'
import type {
  AdapterScenarioApp,
  ScenarioRouteResponse,
  StartedAdapter,
} from 'coatcheck/testing-contracts'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import {
  bodyOf,
  createNodeScenario,
  type GuardedRequest,
  type NodeScenario,
} from '../../packages/coatcheck/test/support/node-scenario.ts'

/** Starts a scenario of the adapter contract with the `coatcheck/node` guards in Fastify. */
export async function startFastify(scenario: AdapterScenarioApp): Promise<StartedAdapter> {
  const node = createNodeScenario(scenario)
  const app = buildFastify(scenario, node)
  const url = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  return {
    port: Number(url.port),
    closeSessions: node.closeSessions,
    async close() {
      await app.close()
      await node.closeSessions()
    },
  }
}

/**
 * The guards run in `onRequest`, before Fastify reads the body. A guard that has responded takes the
 * response over with `hijack`, so that Fastify sends nothing.
 */
function buildFastify(scenario: AdapterScenarioApp, node: NodeScenario): FastifyInstance {
  const app = fastify()
  const guarded = new WeakMap<FastifyRequest, GuardedRequest>()
  app.removeAllContentTypeParsers()
  // Leaves the body to the route, which reads it from the raw request.
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  for (const route of scenario.routes) {
    app.route({
      method: route.method,
      url: route.path,
      async onRequest(request, reply) {
        const result = await node.runGuards(route, [request.raw, reply.raw])
        if (result === null) return reply.hijack()
        guarded.set(request, result)
        return undefined
      },
      async handler(request, reply) {
        const result = guarded.get(request)
        if (result === undefined) throw new Error('The guards did not run')
        return respond(reply, await route.handle({ ...result, ...bodyOf(request.raw) }))
      },
    })
  }
  app.setErrorHandler(async (error, request, reply) => {
    if (await node.guard.respondToFailure(error, request.raw, reply.raw)) return reply.hijack()
    return reply.code(500).send('')
  })
  return app
}

function respond(
  reply: FastifyReply,
  { status, body, headers = [], streams }: ScenarioRouteResponse,
): FastifyReply {
  reply.code(status)
  for (const [name, value] of headers) reply.header(name, value)
  return reply.send(streams === true ? Readable.from([body]) : body)
}
