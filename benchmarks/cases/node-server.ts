import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { isSignIn, respond, respondUnauthorized, userToSignIn } from './answer.ts'

/** The part of a case on node:http that differs between cases. */
export interface NodeRoutes {
  /** Returns the user of the request's session, or `null` to reject the request. */
  userOf(request: IncomingMessage, response: ServerResponse): Promise<string | null>
  /** Sets the cookie of a new session. */
  signIn(userId: string, exchange: NodeExchange): Promise<void>
}

export interface NodeExchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** Creates a server with node:http only. */
export function createNodeServer(routes: NodeRoutes): Server {
  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (isSignIn(request)) {
      const userId = userToSignIn(request.url)
      await routes.signIn(userId, { request, response })
      respond(response, userId)
      return
    }
    const userId = await routes.userOf(request, response)
    if (userId !== null) respond(response, userId)
    else if (!response.writableEnded) respondUnauthorized(response)
  }

  return createServer((request, response) => {
    route(request, response).catch((error) => fail(response, error))
  })
}

function fail(response: ServerResponse, error: unknown): void {
  console.error(error)
  response.writeHead(500).end()
}
