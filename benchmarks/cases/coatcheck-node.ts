import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createNodeSessions } from 'coatcheck/node'
import { isSignIn, respond, userToSignIn } from './answer.ts'
import type { CaseContext, CaseServer } from './case.ts'
import { createWeb, openSessions } from './coatcheck-sessions.ts'

/** Coatcheck with node:http, as in its README. */
export async function open(context: CaseContext): Promise<CaseServer> {
  const { sessions, hooks } = await openSessions(context)
  const web = createWeb(sessions)
  const guard = createNodeSessions(web)

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (isSignIn(request)) {
      const userId = userToSignIn(request.url)
      await guard.exchange(request, response).signIn({ userId })
      respond(response, userId)
      return
    }
    const session = await guard.requireSession(request, response)
    if (session !== null) respond(response, session.userId)
  }

  const server = createServer((request, response) => {
    route(request, response).catch((error) => {
      console.error(error)
      response.writeHead(500).end()
    })
  })
  return { server, ...hooks }
}
